#include "agent/feed/calls.h"

#include "agent/otlp/status_codes.h"

namespace shmx::feed {
namespace {

std::string name_of(Method method) {
  return method == Method::get ? "Get" : "Subscribe";
}

}  // namespace

void Calls::enter() {
  const std::lock_guard lock(mutex_);
  ++under_way_;
}

bool Calls::take_place(Method method) {
  const std::lock_guard lock(mutex_);
  if (held(method) >= places_) {
    return false;
  }
  ++held(method);
  tell_subscribers(method);
  return true;
}

void Calls::leave(Method method, bool has_place, grpc::StatusCode code) {
  hooks_.on_call(name_of(method), std::string(otlp::status_name(code)));
  const std::lock_guard lock(mutex_);
  if (has_place) {
    --held(method);
    tell_subscribers(method);
  }
  --under_way_;
  none_.notify_all();  // Under the lock: whoever waits destroys this next.
}

// Under the lock, so that the last number told is the last.
void Calls::tell_subscribers(Method method) {
  if (method == Method::subscribe) {
    hooks_.on_subscribers(held(method));
  }
}

void Calls::wait_until_none() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return under_way_ == 0; });
}

}  // namespace shmx::feed
