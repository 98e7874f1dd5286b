// Histograms with different buckets, on those that they have in common: exact, since a bucket of
// either lies within one bucket of the common ones.
#ifndef SHM_EXPORTER_AGENT_MODEL_BUCKETS_H
#define SHM_EXPORTER_AGENT_MODEL_BUCKETS_H

#include <cstdint>
#include <optional>
#include <vector>

#include "shm/descriptor.h"
#include "shm/native_buckets.h"

namespace shmx::model {

/// Finite and strictly ascending; +Inf is implied.
using Bounds = std::vector<double>;

/// What buckets a histogram has. Its slots, as its cells, are the classic buckets, the native ones,
/// and the sum.
struct Buckets {
  Bounds bounds;
  std::optional<NativeBuckets> native{};
  // clang-tidy 14 takes the 0 in a defaulted <=> for a pointer.
  friend auto operator<=>(const Buckets&,
                          const Buckets&) = default;  // NOLINT(modernize-use-nullptr)

  bool is_classic() const noexcept { return has_classic_buckets(bounds, native); }
  std::uint32_t classic_slots() const noexcept {
    return is_classic() ? static_cast<std::uint32_t>(bounds.size()) + 1 : 0;
  }
  std::uint32_t native_slots() const noexcept { return native ? native->cells() : 0; }
  std::uint32_t slots() const noexcept { return classic_slots() + native_slots() + 1; }
};

Buckets buckets_of(const FamilyDescriptor& family);

/// The finest buckets that both can be mapped to.
Buckets common(const Buckets& a, const Buckets& b);

/// Whether the observations of `fine` are counted in the same cells when it is mapped to `coarse`.
/// They are not where a histogram with both kinds of buckets is mapped to classic ones: a process
/// that was killed in the middle of an observation may have counted it in one kind only.
bool keeps_count(const Buckets& fine, const Buckets& coarse) noexcept;

/// No slot: what is counted in such a cell is counted elsewhere, too.
inline constexpr std::uint32_t kNowhere = UINT32_MAX;

/// For each cell of `fine`, its sum's included, the slot of `coarse` that takes it. `coarse` is
/// common() of `fine` and others.
std::vector<std::uint32_t> slot_map(const Buckets& fine, const Buckets& coarse);

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_BUCKETS_H
