#include "agent/feed/subscriber.h"

namespace shmx::feed {

std::shared_ptr<Subscriber> Subscriber::begin(Calls& calls, Rounds& rounds,
                                              grpc::CallbackServerContext& context) {
  std::shared_ptr<Subscriber> made(new Subscriber(calls, rounds));
  made->Call::begin(made, context);
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

void Subscriber::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  message_.Clear();
  if (!ok && !end_) {
    end_ = grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone");
  }
  sent();
}

}  // namespace shmx::feed
