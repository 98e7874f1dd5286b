// Waits in a coroutine for a handler that answers through a callback, from whatever thread.
#ifndef SHM_EXPORTER_AGENT_WEB_AWAIT_RESPONSE_H
#define SHM_EXPORTER_AGENT_WEB_AWAIT_RESPONSE_H

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "agent/web/http.h"

namespace shmx::web {

/// A coroutine that waits for its response. Resumed exactly once, on its own executor: by the first
/// respond(), or by the destruction of the last owner.
template <typename Completion>
class PendingResponse {
 public:
  explicit PendingResponse(Completion completion)
      : work_(boost::asio::get_associated_executor(completion)),
        completion_(std::move(completion)) {}

  PendingResponse(const PendingResponse&) = delete;
  PendingResponse& operator=(const PendingResponse&) = delete;
  ~PendingResponse() {
    try {
      respond(text_response(500, "Internal Server Error"));
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the connection goes unanswered
    }
  }

  void respond(Response response) {
    // Relaxed is enough: the winner alone touches completion_, which was written before the
    // responder could reach another thread.
    if (answered_.exchange(true, std::memory_order_relaxed)) return;
    boost::asio::post(work_.get_executor(), [completion = std::move(completion_),
                                             response = std::move(response)]() mutable {
      std::move(completion)(std::move(response));
    });
  }

 private:
  // The loop goes on running for as long as the answer is owed.
  boost::asio::executor_work_guard<boost::asio::any_io_executor> work_;
  Completion completion_;
  std::atomic<bool> answered_{false};
};

inline boost::asio::awaitable<Response> await_response(const Handler& handler, Request request) {
  auto initiate = [](auto completion, const Handler* callee, const Request& argument) {
    using Pending = PendingResponse<decltype(completion)>;
    auto pending = std::make_shared<Pending>(std::move(completion));
    try {
      (*callee)(argument, [pending](Response response) { pending->respond(std::move(response)); });
    } catch (...) {  // NOLINT(bugprone-empty-catch): the dropped responder answers 500
    }
  };
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Response)>(
      initiate, boost::asio::use_awaitable, &handler, std::move(request));
}

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_AWAIT_RESPONSE_H
