// A call in a thread of its own, that the test cancels when it wants.
#ifndef SHM_EXPORTER_TESTS_SHIM_PENDING_CALL_H
#define SHM_EXPORTER_TESTS_SHIM_PENDING_CALL_H

#include <functional>
#include <future>
#include <utility>

#include "tests/shim/echo_clients.h"

namespace shmx::test {

class PendingCall {
 public:
  using Make = std::function<Outcome(grpc::ClientContext&)>;
  explicit PendingCall(Make make)
      : outcome_(std::async(std::launch::async,
                            [this, make = std::move(make)] { return make(context_); })) {}
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;
  ~PendingCall() { cancel(); }  // so that a test that gave up does not wait for it

  void cancel() { context_.TryCancel(); }
  Outcome outcome() { return outcome_.get(); }

 private:
  grpc::ClientContext context_;  ///< outlives the call and its cancellation
  std::future<Outcome> outcome_;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_PENDING_CALL_H
