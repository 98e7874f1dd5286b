#include "agent/files/watched.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace shmx::files {
namespace {

/// The coarsest clock of a kernel's file times ticks every 10 ms (HZ=100); twice that.
constexpr std::int64_t kTickNs = 20'000'000;

}  // namespace

Watched::Watched(std::vector<std::string> paths, std::int64_t now_unix_ns)
    : paths_(std::move(paths)) {
  take(now_unix_ns);
}

bool Watched::changed(std::int64_t now_unix_ns) {
  const auto same = [](const std::string& path, const FileStamp& stamp) {
    return stamp_of(path) == stamp;
  };
  const bool all_same = std::equal(paths_.begin(), paths_.end(), stamps_.begin(), same);
  if (all_same && (settled_ || !has_settled(now_unix_ns))) {
    return false;
  }
  take(now_unix_ns);
  return true;
}

void Watched::take(std::int64_t now_unix_ns) {
  stamps_.clear();
  std::ranges::transform(paths_, std::back_inserter(stamps_), stamp_of);
  settled_ = has_settled(now_unix_ns);
}

/// A stamp in the future (a clock that was set back) is as good as an old one: what comes next has
/// another.
bool Watched::has_settled(std::int64_t now_unix_ns) const noexcept {
  return std::ranges::none_of(stamps_, [&](const FileStamp& stamp) {
    const std::int64_t age = now_unix_ns - std::max(stamp.modified_ns, stamp.changed_ns);
    return age >= 0 && age < kTickNs;
  });
}

}  // namespace shmx::files
