#include "agent/feed/call.h"

#include <utility>

namespace shmx::feed {

Call::Call(Calls& calls, Rounds& rounds, Method method)
    : calls_(calls), rounds_(rounds), method_(method) {
  calls_.enter();
}

bool Call::take_place() {
  const std::lock_guard lock(mutex_);
  has_place_ = !end_ && calls_.take_place(method_);
  return has_place_;
}

bool Call::ended() {
  const std::lock_guard lock(mutex_);
  return end_.has_value();
}

void Call::fail(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  end(status);
}

void Call::cut() {
  const std::lock_guard lock(mutex_);
  if (context_ != nullptr) {
    context_->TryCancel();  // What follows from it gRPC calls on threads of its own.
  }
}

void Call::end(const grpc::Status& status) {
  if (end_) {
    return;
  }
  end_ = status;
  if (!busy_) {
    finish(status);
  }
}

void Call::sent() {
  busy_ = false;
  if (end_) {
    finish(*end_);
  }
}

void Call::cancel() {
  fail({grpc::StatusCode::CANCELLED, "the client has ended the call"});
}

void Call::done() {
  const auto self = std::move(self_);  // The last one, perhaps.
  rounds_.remove(this);
  bool has_place = false;
  grpc::StatusCode code{};
  {
    const std::lock_guard lock(mutex_);
    has_place = has_place_;
    code = end_->error_code();
    context_ = nullptr;
  }
  calls_.leave(method_, has_place, code);
}

}  // namespace shmx::feed
