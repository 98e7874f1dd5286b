#include "agent/push/backoff.h"

#include <algorithm>

namespace shmx::push {

std::chrono::milliseconds Backoff::next() {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const double chosen = std::clamp(random_(), 0.0, 1.0);
  const Milliseconds wait = kShortest + (ceiling_ - Milliseconds(kShortest)) * chosen;
  ceiling_ = std::min<Milliseconds>(ceiling_ * kFactor, kLongest);
  return std::chrono::duration_cast<std::chrono::milliseconds>(wait);
}

}  // namespace shmx::push
