#include "agent/web/messages.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/beast/http/error.hpp>
#include <string>
#include <string_view>

namespace shmx::web {
namespace http = boost::beast::http;
using boost::system::error_code;
namespace {

constexpr unsigned kHttp10 = 10;

bool has_valid_host(const Incoming& head) {
  const auto hosts = head.count(http::field::host);
  return hosts == 1 || (hosts == 0 && head.version() == kHttp10);
}

bool is_coded(const Incoming& head) {
  return head.count(http::field::transfer_encoding) > 0;
}

bool has_valid_length(const Incoming& head) {
  const auto lengths = head.count(http::field::content_length);
  const bool is_list = head[http::field::content_length].find(',') != std::string_view::npos;
  return is_coded(head) ? lengths == 0 : lengths <= 1 && !is_list;
}

}  // namespace

void limit(Parser& parser, const Limits& limits) {
  parser.header_limit(limits.header_bytes);
  parser.body_limit(limits.body_bytes);
}

unsigned refusal_of(const Incoming& head) {
  const bool unambiguous =
      has_valid_host(head) && has_valid_length(head) && head.count(http::field::authorization) <= 1;
  if (!unambiguous) return 400;
  return is_coded(head) ? 411 : 0;
}

bool has_body(const Incoming& request) {
  return !request.body().empty();
}

Request to_request(const Incoming& message, const Peer& peer) {
  Request request;
  request.method = std::string(message.method_string());
  const auto text = message.target();
  const auto target = split_target({text.data(), text.size()});
  request.path = std::string(target.path);
  request.query = std::string(target.query);
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.peer = peer;
  return request;
}

unsigned status_of(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message;
  const bool malformed = error.category() == make_error_code(http::error::bad_method).category();
  return malformed && !gone ? 400 : 0;
}

Response error_response(unsigned status) {
  return text_response(status,
                       std::string(http::obsolete_reason(static_cast<http::status>(status))));
}

Outgoing to_message(const Response& response, unsigned version, bool keep_alive, std::time_t now,
                    const std::vector<Header>& always) {
  const std::string_view body = response.body.bytes;
  Outgoing message{static_cast<http::status>(response.status), version};
  message.set(http::field::date, fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(now)));
  message.set(http::field::content_type, response.content_type);
  for (const auto& header : response.headers) message.insert(header.name, header.value);
  for (const auto& header : always) message.set(header.name, header.value);
  message.keep_alive(keep_alive);
  message.content_length(body.size());
  message.body() = {body.data(), body.size()};
  return message;
}

}  // namespace shmx::web
