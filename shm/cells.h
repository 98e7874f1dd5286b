// The hot path: adding to a cell of this thread's shard. A handle is a cell index; the shard's base
// is a trivial thread-local pointer. No lock, no syscall, no allocation here; everything rare is
// out of line, in shards.cc.
//
// What the state of this thread can be (t_shard):
//   null       no count yet, no segment, or a thread that counts in the shared shard: slow path
//   non-null   a shard that only this thread writes: a relaxed load and a store per cell
#ifndef SHM_EXPORTER_SHM_CELLS_H
#define SHM_EXPORTER_SHM_CELLS_H

#include <cstdint>
#include <span>

#include "shm/layout.h"

namespace shmx::cells {

/// This thread's private shard. Hidden: a copy of the shim in another library has its own.
[[gnu::visibility("hidden")]] extern constinit thread_local layout::Cell* t_shard;

[[gnu::visibility("hidden")]] void add_slow(std::uint32_t cell, std::uint64_t ticks) noexcept;
[[gnu::visibility("hidden")]] void add_signed_slow(std::uint32_t cell, std::int64_t delta) noexcept;
/// One observation, by any thread; in two buckets if `classic_cell` is not 0 (see observe_both()).
[[gnu::visibility("hidden")]] void observe_slow(std::uint32_t bucket_cell, std::uint32_t sum_cell,
                                                std::int64_t ticks, bool signed_sum,
                                                std::uint32_t classic_cell = 0) noexcept;
/// Adds many observations at once: how many per bucket, and their sum.
[[gnu::visibility("hidden")]] void observe_batch(std::uint32_t first_cell,
                                                 std::span<const std::uint64_t> buckets,
                                                 std::int64_t ticks, bool signed_sum) noexcept;
[[gnu::visibility("hidden")]] void set_gauge(std::uint32_t cell, double value,
                                             bool stamped) noexcept;
[[gnu::visibility("hidden")]] void add_gauge(std::uint32_t cell, double delta,
                                             bool stamped) noexcept;

/// Counts a value that the canon refuses (NaN, infinite, negative), as Loss::values_refused.
[[gnu::visibility("hidden")]] void refuse_value() noexcept;

/// Adds `ticks` to a counter's cell. Cell 0 (no series) counts the loss. Never fails, never blocks
/// but at a thread's first count.
[[gnu::visibility("hidden"), gnu::always_inline]] inline void add(std::uint32_t cell,
                                                                  std::uint64_t ticks) noexcept {
  layout::Cell* const shard = t_shard;
  if (shard != nullptr && cell != 0) [[likely]] {
    // Relaxed: only this thread writes the cell, and a counter's cell orders nothing else.
    const std::uint64_t before = shard[cell].load(std::memory_order_relaxed);
    if (ticks <= layout::kCellMax - before) [[likely]] {
      shard[cell].store(before + ticks, std::memory_order_relaxed);
      return;
    }
  }
  add_slow(cell, ticks);
}

/// Adds a signed delta to an in-flight cell: two's complement, only the sum over shards has
/// meaning.
[[gnu::visibility("hidden"), gnu::always_inline]] inline void add_signed(
    std::uint32_t cell, std::int64_t delta) noexcept {
  layout::Cell* const shard = t_shard;
  if (shard != nullptr && cell != 0) [[likely]] {
    // Relaxed: as in add().
    const std::uint64_t before = shard[cell].load(std::memory_order_relaxed);
    shard[cell].store(before + static_cast<std::uint64_t>(delta), std::memory_order_relaxed);
    return;
  }
  add_signed_slow(cell, delta);
}

/// One observation: the sum first, then the bucket by release. The reader copies upward (buckets
/// before their sum) by acquire, so a bucket that it sees counted has its share in the sum it reads
/// after: the sum may run ahead, never behind.
[[gnu::visibility("hidden"), gnu::always_inline]] inline void observe(std::uint32_t bucket_cell,
                                                                      std::uint32_t sum_cell,
                                                                      std::int64_t ticks) noexcept {
  layout::Cell* const shard = t_shard;
  if (shard != nullptr && bucket_cell != 0) [[likely]] {
    // Relaxed loads: only this thread writes these cells.
    const std::uint64_t sum = shard[sum_cell].load(std::memory_order_relaxed);
    const std::uint64_t count = shard[bucket_cell].load(std::memory_order_relaxed);
    if (ticks >= 0 && static_cast<std::uint64_t>(ticks) <= layout::kCellMax - sum &&
        count < layout::kCellMax) [[likely]] {
      // Relaxed: ordered before the bucket's release below.
      shard[sum_cell].store(sum + static_cast<std::uint64_t>(ticks), std::memory_order_relaxed);
      // Release: pairs with the reader's acquire load of the same cell (reader.cc, copy_cells).
      shard[bucket_cell].store(count + 1, std::memory_order_release);
      return;
    }
  }
  observe_slow(bucket_cell, sum_cell, ticks, false);
}

/// One observation in a native and in a classic bucket: the sum first, then these in this order,
/// each by release. The reader copies upward (classic buckets, native ones, the sum) by acquire: no
/// observation that it sees in a classic bucket is missing from the native ones.
[[gnu::visibility("hidden"), gnu::always_inline]] inline void observe_both(
    std::uint32_t native_cell, std::uint32_t classic_cell, std::uint32_t sum_cell,
    std::int64_t ticks) noexcept {
  layout::Cell* const shard = t_shard;
  if (shard != nullptr && native_cell != 0) [[likely]] {
    // Relaxed loads: only this thread writes these cells.
    const std::uint64_t sum = shard[sum_cell].load(std::memory_order_relaxed);
    const std::uint64_t native = shard[native_cell].load(std::memory_order_relaxed);
    const std::uint64_t classic = shard[classic_cell].load(std::memory_order_relaxed);
    if (ticks >= 0 && static_cast<std::uint64_t>(ticks) <= layout::kCellMax - sum &&
        native < layout::kCellMax && classic < layout::kCellMax) [[likely]] {
      // Relaxed: ordered before the releases below.
      shard[sum_cell].store(sum + static_cast<std::uint64_t>(ticks), std::memory_order_relaxed);
      // Release, both: as in observe(); the second also orders the first before itself.
      shard[native_cell].store(native + 1, std::memory_order_release);
      shard[classic_cell].store(classic + 1, std::memory_order_release);
      return;
    }
  }
  observe_slow(native_cell, sum_cell, ticks, false, classic_cell);
}

}  // namespace shmx::cells

#endif  // SHM_EXPORTER_SHM_CELLS_H
