#include "agent/push/http_transport.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/push/destination.h"
#include "agent/push/endpoint_hint.h"
#include "agent/push/http_connection.h"
#include "agent/push/receiver_words.h"
#include "agent/push/retry_after.h"
#include "agent/web/gzip.h"
#include "agent/web/url.h"

namespace shmx::push {
namespace {

constexpr const char* kProtobuf = "application/x-protobuf";  // Prometheus compares the string
constexpr unsigned kNotFound = 404;

/// The standard's list; every other code means that the same request would fail again.
bool may_be_repeated(unsigned status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

bool is_protobuf(const HttpAnswer& answer) {
  return std::string_view(answer.content_type).starts_with(kProtobuf);
}

Reply accepted(const HttpAnswer& answer) {
  if (answer.body.empty() || (is_protobuf(answer) && !answer.truncated)) {
    return accepted_reply(answer.body);
  }
  Reply reply;
  reply.kind = Reply::Kind::accepted;
  reply.message = "accepted, but the answer is no ExportMetricsServiceResponse: it is " +
                  (answer.truncated ? "too large" : one_line(answer.content_type));
  return reply;
}

class HttpTransport final : public Transport {
 public:
  HttpTransport(const Options& options, Destination destination)
      : shown_url_(web::without_secrets(options.url)),
        path_as_given_(options.path_as_given),
        headers_(std::move(destination.headers)),
        token_(std::move(destination.token)),
        tls_(std::move(destination.tls)),
        connection_(destination.url, tls_ ? &tls_->material() : nullptr) {
    if (options.compression == Compression::gzip) gzip_.emplace();
  }

  Reply send(std::string_view request, Clock::time_point deadline) override {
    std::string problem;
    if (tls_ && tls_->refresh(problem)) connection_.use(tls_->material());
    auto headers = headers_;
    if (const auto& token = token_.authorization(problem); !token.empty()) {
      headers.push_back({"authorization", token});
    }
    web::Body compressed;
    if (gzip_) compressed = gzip_->compress(request);
    const auto body = gzip_ ? compressed.bytes : request;
    Reply reply = reply_to(connection_.post(headers, body, deadline));
    reply.sent_bytes = body.size();
    if (!problem.empty()) reply.message += (reply.message.empty() ? "" : "; ") + problem;
    return reply;
  }

 private:
  Reply reply_to(const HttpConnection::Outcome& outcome) const {
    if (outcome) return reply_to(outcome.value());
    Reply reply;
    reply.message = outcome.error().message;
    if (outcome.error().not_http) {
      reply.kind = Reply::Kind::refused;
      reply.message += "; is " + shown_url_ + " a receiver of OTLP over HTTP?";
    }
    return reply;
  }

  Reply reply_to(const HttpAnswer& answer) const {
    constexpr unsigned kSuccesses = 2;
    constexpr unsigned kRedirections = 3;
    constexpr unsigned kCodesPerClass = 100;
    const unsigned status_class = answer.status / kCodesPerClass;
    if (status_class == kSuccesses) return accepted(answer);
    Reply reply;
    reply.kind = may_be_repeated(answer.status) ? Reply::Kind::retry : Reply::Kind::refused;
    reply.message = shown_url_ + " answers " + std::to_string(answer.status);
    if (const auto words = words_of(answer.body, is_protobuf(answer)); !words.empty()) {
      reply.message += ": " + words;
    }
    if (status_class == kRedirections) {
      reply.message += "; redirects are not followed, configure " +
                       web::without_secrets(one_line(answer.location));
    }
    const bool suspect = path_as_given_ && misses_its_end(shown_url_);
    if (answer.status == kNotFound || (suspect && reply.kind == Reply::Kind::refused)) {
      reply.message += "; " + endpoint_hint(shown_url_);
    }
    if (reply.kind == Reply::Kind::retry) {
      reply.wait = parse_retry_after(answer.retry_after, parse_http_date(answer.date));
    }
    return reply;
  }

  const std::string shown_url_;
  const bool path_as_given_;
  const std::vector<Header> headers_;
  BearerToken token_;
  std::optional<WatchedTls> tls_;
  std::optional<web::Gzip> gzip_;
  HttpConnection connection_;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_http_transport(const Options& options,
                                                       const std::string& user_agent) {
  auto destination = open_destination(options);
  if (!destination) return destination.error();
  std::vector<Header>& headers = destination->headers;
  headers.push_back({"user-agent", user_agent});
  headers.push_back({"content-type", kProtobuf});
  if (options.compression == Compression::gzip) headers.push_back({"content-encoding", "gzip"});
  return std::unique_ptr<Transport>(
      std::make_unique<HttpTransport>(options, std::move(destination).value()));
}

}  // namespace shmx::push
