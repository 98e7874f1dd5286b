// Operations that end elsewhere, awaited in straight lines: completion-queue tags and reactor
// callbacks. Only for tests, which can afford a thread that blocks.
#ifndef SHM_EXPORTER_TESTS_SHIM_AWAITED_H
#define SHM_EXPORTER_TESTS_SHIM_AWAITED_H

#include <grpcpp/completion_queue.h>

#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace shmx::test {

/// One outstanding operation of a reactor. The promise is moved out before it is kept, so the
/// waiter may destroy the reactor at once.
class Awaited {
 public:
  std::future<bool> arm() {
    promise_ = std::make_unique<std::promise<bool>>();
    return promise_->get_future();
  }
  void end(bool ok) {
    const auto promise = std::move(promise_);
    promise->set_value(ok);
  }

 private:
  std::unique_ptr<std::promise<bool>> promise_;
};

/// Starts an operation with a fresh tag and waits until the queue's thread returns it.
template <typename Start>
bool await_tag(Start start) {
  std::promise<bool> promise;
  std::future<bool> ended = promise.get_future();
  start(static_cast<void*>(&promise));
  return ended.get();
}

/// Ends the operations of one completion queue until it is drained.
inline void drain(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) {
    // Moved out before it is kept: the waiter's own may be gone at once.
    std::promise<bool> promise = std::move(*static_cast<std::promise<bool>*>(tag));
    promise.set_value(ok);
  }
}

/// A client's completion queue with its thread.
class ClientQueue {
 public:
  ClientQueue() : thread_([this] { drain(queue_); }) {}
  ClientQueue(const ClientQueue&) = delete;
  ClientQueue& operator=(const ClientQueue&) = delete;
  ~ClientQueue() {
    queue_.Shutdown();
    thread_.join();
  }
  grpc::CompletionQueue* get() { return &queue_; }

 private:
  grpc::CompletionQueue queue_;
  std::thread thread_;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_AWAITED_H
