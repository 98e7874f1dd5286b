// Reads the request, asks the collector, and answers in time.
#include "agent/main/metrics_route.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <memory>
#include <utility>

#include "agent/audit/digest.h"
#include "agent/main/protect.h"
#include "agent/main/scrape_timeout.h"
#include "agent/render/format.h"
#include "agent/web/content_coding.h"
#include "agent/web/query.h"

namespace shmx {
namespace {

namespace asio = boost::asio;
using Refusal = self::SelfMetrics::Refusal;

web::Response unavailable() {
  auto response = web::text_response(503, "Service Unavailable");
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

web::Response page_response(const Collection::Answer& answer, const std::string& content_type) {
  web::Response response;
  response.content_type = content_type;
  response.body = answer.body;
  response.headers.push_back({"Vary", "Accept, Accept-Encoding"});
  if (answer.gzip) response.headers.push_back({"Content-Encoding", "gzip"});
  if (answer.sha256) {
    response.headers.push_back({"Content-Digest", audit::content_digest(*answer.sha256)});
  }
  return response;
}

/// One request on its way. The first of page and timeout answers it.
class Scrape : public std::enable_shared_from_this<Scrape> {
 public:
  using Wiring = std::shared_ptr<const MetricsRouteWiring>;

  Scrape(const Wiring& wiring, const web::Request& request, identity::Reader reader,
         web::Responder respond)
      : wiring_(wiring),
        peer_(request.peer.address),
        reader_(std::move(reader)),
        respond_(std::move(respond)),
        timer_(wiring->loop) {}

  /// On the loop's thread. The timer keeps nothing alive: who is asked for the page does.
  void give_up_at(Collection::Clock::time_point time) {
    timer_.expires_at(time);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
      const auto scrape = weak.lock();
      if (!cancelled && scrape) scrape->refuse({"not within the client's timeout", ETIMEDOUT});
    });
  }

  /// On any thread.
  void refuse(const Error& why) {
    if (is_first()) answer_unavailable(why);
  }

  /// On any thread.
  void give(const Collection::Answer& answer, const std::string& content_type) {
    if (!is_first()) return;
    const std::string digest = answer.sha256 ? audit::hex(*answer.sha256) : std::string();
    wiring_->records.given(
        {"scrape", reader_.name, peer_, reader_.scope, digest, answer.body.bytes.size()},
        [scrape = shared_from_this(),
         response = page_response(answer, content_type)](bool recorded) {
          if (recorded) {
            scrape->respond(response);
          } else {
            scrape->answer_unavailable(
                {"the audit is required, and its log cannot be written", EIO});
          }
        });
  }

 private:
  static Refusal reason_of(const Error& why) {
    return why.code == ENOBUFS     ? Refusal::held_bytes
           : why.code == ETIMEDOUT ? Refusal::timeout
                                   : Refusal::failure;
  }

  bool is_first() noexcept {
    return !answered_.exchange(true, std::memory_order_relaxed);  // Relaxed: it orders nothing.
  }

  void answer_unavailable(const Error& why) {
    wiring_->self.count_refusal(reason_of(why));
    wiring_->warn("No page: " + why.message);
    respond(unavailable());
  }

  void respond(web::Response response) {
    respond_(std::move(response));
    asio::post(timer_.get_executor(), [scrape = shared_from_this()] { scrape->timer_.cancel(); });
  }

  const Wiring wiring_;
  const std::string peer_;
  const identity::Reader reader_;
  web::Responder respond_;
  asio::steady_timer timer_;
  std::atomic<bool> answered_{false};
};

/// Equal choices are to be equal, in whatever order a client names what it wants.
void normalize(std::vector<std::string>& names) {
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

web::Route metrics_route(MetricsRouteOptions options, const MetricsRouteWiring& wiring) {
  auto handler = [created = options.created,
                  shared = std::make_shared<const MetricsRouteWiring>(wiring)](
                     const web::Request& request, const identity::Reader& reader,
                     const web::Responder& respond) {
    auto names = web::query_values(request.query, "name[]");
    if (!names) {
      respond(web::text_response(400, "Bad Request: " + names.error().message));
      return;
    }
    normalize(names.value());
    const auto negotiated = render::negotiate(request.list_header("Accept"));
    Collection::Request wanted;
    wanted.scope = reader.scope;
    wanted.choice = {negotiated.format, std::move(names).value(), created};
    wanted.codings = web::accepted_codings(request.list_header("Accept-Encoding"));
    wanted.until = Collection::Clock::now() +
                   scrape_timeout(request.header("X-Prometheus-Scrape-Timeout-Seconds"));
    const auto scrape = std::make_shared<Scrape>(shared, request, reader, respond);
    scrape->give_up_at(wanted.until);
    auto receive = [scrape, content_type = render::content_type(negotiated)](
                       const Result<Collection::Answer>& answer) {
      answer ? scrape->give(answer.value(), content_type) : scrape->refuse(answer.error());
    };
    shared->collection.request(std::move(wanted), std::move(receive));
  };
  return {std::move(options.path), protect(wiring.access, wiring.loop, std::move(handler)),
          options.max_requests};
}

}  // namespace shmx
