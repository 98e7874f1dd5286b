// A server on its own thread, on ports that the kernel chose, and what it told its hooks.
#ifndef SHM_EXPORTER_TESTS_AGENT_WEB_RUNNING_SERVER_H
#define SHM_EXPORTER_TESTS_AGENT_WEB_RUNNING_SERVER_H

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/web/server.h"

namespace shmx::web {

/// Values that one thread hands to another. take() waits for the next one.
template <typename T>
class Mailbox {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    filled_.notify_one();
  }
  T take() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !values_.empty(); });
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }
  bool empty() {
    const std::lock_guard lock(mutex_);
    return values_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<T> values_;
};

/// A handler's call that the test answers when it likes.
struct Call {
  Request request;
  Responder respond;
};

struct Observation {
  std::string route;
  unsigned status;
  std::size_t bytes;
};

struct Refused {
  std::string peer;
  std::string reason;
  std::string detail;
};

struct Options {
  Limits limits;
  std::vector<std::string> listen_addresses{"127.0.0.1:0"};
  std::vector<int> listening_sockets{};
  std::size_t max_requests = 40;   ///< of `/held`
  std::size_t max_large = 0;       ///< of `/large`
  std::optional<Config> config{};  ///< absent: plain HTTP
};

/// Serves the pages, `/metrics` with a fixed text, and `/held`, which the test answers by hand.
class RunningServer {
  boost::asio::io_context loop_;  // first, since it must outlive every responder

 public:
  static constexpr const char* kMetrics = "requests_total 1\n";

  explicit RunningServer(const Options& options = {});
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  const std::string& address(std::size_t index = 0) const { return addresses_.at(index); }
  void set_ready(bool ready);

  /// Takes effect before it returns. Throws what make_front() says is wrong, having replaced
  /// nothing.
  void replace(const Config& config);

  /// The rate limit's time goes by.
  void pass(std::chrono::steady_clock::duration time) { elapsed_ = elapsed_.load() + time; }

  int uses() const noexcept { return uses_; }  ///< calls of ServerHooks::before_use

  void stop(std::chrono::milliseconds grace);
  void wait_until_stopped() { stopped_.take(); }

  Mailbox<Call> held;
  Mailbox<Observation> observations;
  Mailbox<std::string> problems;
  Mailbox<Refused> refusals;
  const std::shared_ptr<const std::string> large_body;  ///< what `/large` answers

 private:
  ServerHooks hooks();
  std::vector<Route> routes(const Options& options);

  bool ready_ = false;  // the loop's thread only
  std::atomic<std::chrono::steady_clock::duration> elapsed_{};
  std::atomic<int> uses_{0};
  std::unique_ptr<Server> server_;
  std::vector<std::string> addresses_;
  Mailbox<bool> stopped_;
  std::thread thread_;
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_TESTS_AGENT_WEB_RUNNING_SERVER_H
