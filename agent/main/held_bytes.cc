// One counter, and handles that take themselves off it.
#include "agent/main/held_bytes.h"

#include <utility>

namespace shmx {
namespace {

struct Hold {
  Hold(std::shared_ptr<const void> owner_in, std::shared_ptr<std::atomic<std::size_t>> held_in,
       std::size_t bytes_in) noexcept
      : owner(std::move(owner_in)), held(std::move(held_in)), bytes(bytes_in) {
    held->fetch_add(bytes, std::memory_order_relaxed);  // Relaxed: a number that orders nothing.
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  ~Hold() {
    owner.reset();
    held->fetch_sub(bytes, std::memory_order_relaxed);  // Relaxed: as above.
  }

  std::shared_ptr<const void> owner;
  std::shared_ptr<std::atomic<std::size_t>> held;
  std::size_t bytes;
};

}  // namespace

HeldBytes::HeldBytes(std::size_t limit)
    : limit_(limit), held_(std::make_shared<std::atomic<std::size_t>>(0)) {}

std::shared_ptr<const void> HeldBytes::hold(std::shared_ptr<const void> owner, std::size_t bytes) {
  const std::size_t before = held();
  if (before != 0 && (before > limit_ || bytes > limit_ - before)) {
    return nullptr;
  }
  return std::make_shared<const Hold>(std::move(owner), held_, bytes);
}

std::size_t HeldBytes::held() const noexcept {
  return held_->load(std::memory_order_relaxed);  // Relaxed: as above.
}

}  // namespace shmx
