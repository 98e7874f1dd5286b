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
  explicit PendingCall(std::function<Outcome(const Prepare&)> make)
      : outcome_(std::async(std::launch::async, [this, make = std::move(make)] {
          return make([this](grpc::ClientContext& context) { context_.set_value(&context); });
        })) {}

  /// Only while the call is known to be under way: its context is the call's.
  void cancel() { context_.get_future().get()->TryCancel(); }

  Outcome outcome() { return outcome_.get(); }

 private:
  std::promise<grpc::ClientContext*> context_;
  std::future<Outcome> outcome_;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_PENDING_CALL_H
