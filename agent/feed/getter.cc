#include "agent/feed/getter.h"

#include <utility>

namespace shmx::feed {

std::shared_ptr<Getter> Getter::begin(Calls& calls, Rounds& rounds, grpc::ByteBuffer* answer) {
  std::shared_ptr<Getter> made(new Getter(calls, rounds, answer));
  made->self_ = made;
  return made;
}

void Getter::send(const grpc::ByteBuffer& message) {
  const std::lock_guard lock(mutex_);
  if (!end_) {
    end_ = grpc::StatusCode::OK;
    *answer_ = message;
    Finish(grpc::Status::OK);
  }
}

void Getter::fail(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  if (!end_) {
    end_ = status.error_code();
    Finish(status);
  }
}

void Getter::OnCancel() {
  fail({grpc::StatusCode::CANCELLED, "the client has ended the call"});
}

void Getter::OnDone() {
  const auto self = std::move(self_);  // The last one, perhaps.
  rounds_.remove(this);
  grpc::StatusCode code{};
  {
    const std::lock_guard lock(mutex_);
    code = *end_;
  }
  calls_.leave(Method::get, has_place_, code);
}

}  // namespace shmx::feed
