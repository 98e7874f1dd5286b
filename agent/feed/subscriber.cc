#include "agent/feed/subscriber.h"

#include <utility>

namespace shmx::feed {

std::shared_ptr<Subscriber> Subscriber::begin(Calls& calls, Rounds& rounds) {
  std::shared_ptr<Subscriber> made(new Subscriber(calls, rounds));
  made->self_ = made;
  return made;
}

bool Subscriber::ready() {
  const std::lock_guard lock(mutex_);
  return !busy_ && !end_;
}

void Subscriber::send(const grpc::ByteBuffer& message) {
  const std::lock_guard lock(mutex_);
  if (busy_ || end_) {
    return;
  }
  busy_ = true;
  message_ = message;
  // Through: it is done when the bytes are the kernel's, not when gRPC has put them aside.
  StartWrite(&message_, grpc::WriteOptions().set_write_through());
}

void Subscriber::fail(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  if (end_) {
    return;
  }
  end_ = status;
  if (!busy_) {
    Finish(status);
  }
}

void Subscriber::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  busy_ = false;
  message_.Clear();
  if (!ok && !end_) {
    end_ = grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
  }
  if (end_) {
    Finish(*end_);
  }
}

void Subscriber::OnCancel() {
  fail({grpc::StatusCode::CANCELLED, "the client has ended the call"});
}

void Subscriber::OnDone() {
  const auto self = std::move(self_);  // The last one, perhaps.
  rounds_.remove(this);
  grpc::StatusCode code{};
  {
    const std::lock_guard lock(mutex_);
    code = end_->error_code();
  }
  calls_.leave(Method::subscribe, has_place_, code);
}

}  // namespace shmx::feed
