#include "agent/feed/judgements.h"

#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "agent/feed/answers.h"

namespace shmx::feed {

struct Judgements::Gate {
  std::shared_mutex mutex;  ///< shared by receivers that run
  bool open = true;         ///< guarded by mutex
};

Judgements::Judgements(const Hooks& hooks) : hooks_(hooks), gate_(std::make_shared<Gate>()) {}

Judgements::~Judgements() {
  close();
}

void Judgements::judge(const identity::Presented& presented, Receiver receiver) {
  hooks_.judge(presented,
               [gate = gate_, receiver = std::move(receiver)](const identity::Verdict& verdict) {
                 const std::shared_lock lock(gate->mutex);
                 if (gate->open) {
                   receiver(verdict);
                 }
               });
}

void Judgements::close() {
  const std::unique_lock lock(gate_->mutex);
  gate_->open = false;
}

grpc::Status status_of(const identity::Refusal& refusal) {
  switch (refusal.kind) {
    case identity::Refusal::Kind::forbidden:
      return {grpc::StatusCode::PERMISSION_DENIED, std::string(kForbidden)};
    case identity::Refusal::Kind::busy:
      return {grpc::StatusCode::UNAVAILABLE, std::string(kBusy)};
    case identity::Refusal::Kind::unauthenticated:
      break;
  }
  return {grpc::StatusCode::UNAUTHENTICATED, std::string(kUnauthenticated)};
}

}  // namespace shmx::feed
