#include "agent/feed/getter.h"

namespace shmx::feed {

std::shared_ptr<Getter> Getter::begin(Calls& calls, Rounds& rounds,
                                      grpc::CallbackServerContext& context,
                                      grpc::ByteBuffer* answer) {
  std::shared_ptr<Getter> made(new Getter(calls, rounds, answer));
  made->Call::begin(made, context);
  return made;
}

void Getter::send(const grpc::ByteBuffer& message) {
  const std::lock_guard lock(mutex_);
  if (!end_) {
    *answer_ = message;
    end(grpc::Status::OK);
  }
}

}  // namespace shmx::feed
