// Reads the request, asks the collector, and answers in time.
#include "agent/main/metrics_route.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <memory>
#include <utility>

#include "agent/main/scrape_timeout.h"
#include "agent/render/format.h"
#include "agent/web/content_coding.h"
#include "agent/web/query.h"

namespace shmx {
namespace {

namespace asio = boost::asio;
using Refusal = self::SelfMetrics::Refusal;
using Warn = std::function<void(const std::string&)>;

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
  return response;
}

/// One request on its way. The first of page and timeout answers it.
class Scrape : public std::enable_shared_from_this<Scrape> {
 public:
  Scrape(asio::io_context& loop, self::SelfMetrics& self, Warn warn, web::Responder respond)
      : self_(self), warn_(std::move(warn)), respond_(std::move(respond)), timer_(loop) {}

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
    if (!is_first()) return;
    self_.count_refusal(reason_of(why));
    warn_("No page: " + why.message);
    respond(unavailable());
  }

  /// On any thread.
  void give(const Collection::Answer& answer, const std::string& content_type) {
    if (is_first()) respond(page_response(answer, content_type));
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

  void respond(web::Response response) {
    respond_(std::move(response));
    asio::post(timer_.get_executor(), [scrape = shared_from_this()] { scrape->timer_.cancel(); });
  }

  self::SelfMetrics& self_;
  Warn warn_;
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

web::Route metrics_route(MetricsRouteOptions options, asio::io_context& loop,
                         Collection& collection, self::SelfMetrics& self,
                         std::function<void(const std::string&)> warn) {
  auto handler = [created = options.created, &loop, &collection, &self, warn = std::move(warn)](
                     const web::Request& request, const web::Responder& respond) {
    auto names = web::query_values(request.query, "name[]");
    if (!names) {
      respond(web::text_response(400, "Bad Request: " + names.error().message));
      return;
    }
    normalize(names.value());
    const auto negotiated = render::negotiate(request.list_header("Accept"));
    Collection::Request wanted;
    wanted.choice = {negotiated.format, std::move(names).value(), created};
    wanted.codings = web::accepted_codings(request.list_header("Accept-Encoding"));
    wanted.until = Collection::Clock::now() +
                   scrape_timeout(request.header("X-Prometheus-Scrape-Timeout-Seconds"));
    const auto scrape = std::make_shared<Scrape>(loop, self, warn, respond);
    scrape->give_up_at(wanted.until);
    auto receive = [scrape, content_type = render::content_type(negotiated)](
                       const Result<Collection::Answer>& answer) {
      answer ? scrape->give(answer.value(), content_type) : scrape->refuse(answer.error());
    };
    collection.request(std::move(wanted), std::move(receive));
  };
  return {std::move(options.path), std::move(handler), options.max_requests};
}

}  // namespace shmx
