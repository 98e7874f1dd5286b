#include "shm/shards.h"

#include <pthread.h>

#include <bit>
#include <limits>

#include "shm/cells.h"
#include "shm/clock.h"
#include "shm/descriptor.h"
#include "shm/enter.h"
#include "shm/registry.h"

namespace shmx {

constinit thread_local layout::Cell* cells::t_shard = nullptr;

namespace shards {
namespace {

using layout::Cell;
using layout::kCellMax;
using layout::Loss;

enum class Mode : std::uint8_t { fresh, leased, shared };

// volatile is not needed: only this thread touches it, and fork's child handler runs on it.
constinit thread_local Mode t_mode = Mode::fresh;

constinit std::atomic<Cell*> g_shared{nullptr};
constinit std::atomic<std::uint64_t> g_leased{1};  // Bit 0: the shared shard is never leased.

// Runs when a thread ends, after its thread_local destructors; whatever still counts then (other
// keys' destructors) goes to the shared shard.
void give_back(void* value) {
  const auto index = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(value));
  cells::t_shard = nullptr;
  t_mode = Mode::shared;
  // Release: pairs with the acquire in lease(); this thread's counts are before it.
  g_leased.fetch_and(~(std::uint64_t{1} << index), std::memory_order_release);
}

struct ExitHook {
  pthread_key_t key{};
  bool usable = false;
  ExitHook() noexcept : usable(pthread_key_create(&key, give_back) == 0) {}
};

const ExitHook& exit_hook() noexcept {
  static const ExitHook hook;
  return hook;
}

// The shared shard, creating the segment if there is none. Null: nowhere to count.
Cell* shared_shard() noexcept {
  // Acquire: pairs with set_shared; the segment behind the pointer is complete.
  Cell* base = g_shared.load(std::memory_order_acquire);
  if (base == nullptr && enter_segment(false)) {
    base = g_shared.load(std::memory_order_acquire);  // Acquire: as above.
  }
  return base;
}

// Where this thread counts now.
struct Place {
  Cell* base;
  bool exclusive;
};

Place place() noexcept {
  if (t_mode == Mode::fresh) {
    enter_segment(true);
  }
  return cells::t_shard != nullptr ? Place{cells::t_shard, true} : Place{shared_shard(), false};
}

std::uint64_t saturated_add(std::uint64_t before, std::uint64_t ticks) noexcept {
  return ticks <= kCellMax - before ? before + ticks : kCellMax;
}

std::uint64_t saturated_add_signed(std::uint64_t before, std::int64_t delta) noexcept {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(static_cast<std::int64_t>(before), delta, &sum)) {
    sum = delta > 0 ? std::numeric_limits<std::int64_t>::max()
                    : std::numeric_limits<std::int64_t>::min();
  }
  return static_cast<std::uint64_t>(sum);
}

// Changes a cell by `change`, a pure function of the value before. In the shared shard by
// compare-and-swap rather than fetch_add: a saturated cell must stay below 2^63 at every instant.
template <typename Change>
void update(Place place, std::uint32_t cell, std::memory_order order, Change change) noexcept {
  Cell& target = place.base[cell];
  // Relaxed: in a private shard only this thread writes; in the shared one the swap below decides.
  std::uint64_t before = target.load(std::memory_order_relaxed);
  if (place.exclusive) {
    target.store(change(before), order);
    return;
  }
  while (!target.compare_exchange_weak(before, change(before), order, std::memory_order_relaxed)) {
  }
}

void count_saturation(std::uint64_t before, std::uint64_t after, std::uint64_t ticks) noexcept {
  if (after - before != ticks) {
    count_loss(Loss::values_saturated);
  }
}

void add_saturating(Place place, std::uint32_t cell, std::uint64_t ticks,
                    std::memory_order order) noexcept {
  std::uint64_t from = 0;
  update(place, cell, order, [&](std::uint64_t before) {
    from = before;
    return saturated_add(before, ticks);
  });
  count_saturation(from, saturated_add(from, ticks), ticks);
}

void add_to_sum(Place place, std::uint32_t cell, std::int64_t ticks, bool signed_sum) noexcept {
  // Relaxed: ordered before the release of the buckets, which come after.
  if (signed_sum) {
    update(place, cell, std::memory_order_relaxed,
           [&](std::uint64_t before) { return saturated_add_signed(before, ticks); });
  } else {
    add_saturating(place, cell, static_cast<std::uint64_t>(ticks), std::memory_order_relaxed);
  }
}

// The stamp is stored before the value and lies behind it, so a reader that sees the value, going
// upward, sees its stamp or a later one.
void stamp(Cell* base, std::uint32_t cell) noexcept {
  // Relaxed: ordered before the release of the value.
  base[cell + 1].store(unix_time_ns(), std::memory_order_relaxed);
}

}  // namespace

void hook_thread_exit() noexcept {
  exit_hook();
}

std::uint32_t lease(std::uint32_t shard_count) noexcept {
  const std::uint64_t available =
      shard_count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << shard_count) - 1;
  // Relaxed: the exchange below decides.
  std::uint64_t taken = g_leased.load(std::memory_order_relaxed);
  while ((~taken & available) != 0) {
    const int index = std::countr_zero(~taken & available);
    // Acquire: pairs with the release in give_back; the counts of the owner before are seen.
    if (g_leased.compare_exchange_weak(taken, taken | (std::uint64_t{1} << index),
                                       std::memory_order_acquire, std::memory_order_relaxed)) {
      return static_cast<std::uint32_t>(index);
    }
  }
  return 0;
}

bool adopt(std::uint32_t index, Cell* base) noexcept {
  const ExitHook& hook = exit_hook();
  // The key's value is the shard's number, not where anything is.
  void* const leased =
      reinterpret_cast<void*>(std::uintptr_t{index});  // NOLINT(performance-no-int-to-ptr)
  if (!hook.usable || pthread_setspecific(hook.key, leased) != 0) {
    // Release: as in give_back, though nothing was counted.
    g_leased.fetch_and(~(std::uint64_t{1} << index), std::memory_order_release);
    return false;
  }
  cells::t_shard = base;
  t_mode = Mode::leased;
  return true;
}

void share() noexcept {
  t_mode = Mode::shared;
  count_loss(Loss::shards_shared);
}

void set_shared(Cell* base) noexcept {
  // Release: pairs with the acquire in shared_shard().
  g_shared.store(base, std::memory_order_release);
}

void reset_in_child() noexcept {
  if (t_mode == Mode::leased) {
    pthread_setspecific(exit_hook().key, nullptr);
  }
  cells::t_shard = nullptr;
  t_mode = Mode::fresh;
  // Relaxed: the child has one thread.
  g_leased.store(1, std::memory_order_relaxed);
  g_shared.store(nullptr, std::memory_order_relaxed);
}

}  // namespace shards

namespace cells {

using layout::Loss;
using shards::place;
using shards::Place;
using shards::update;

void refuse_value() noexcept {
  count_loss(Loss::values_refused);
}

void add_slow(std::uint32_t cell, std::uint64_t ticks) noexcept {
  const Place where = cell == 0 ? Place{} : place();
  if (where.base == nullptr) {
    count_loss(Loss::observations_dropped);
    return;
  }
  // Relaxed: a counter's cell orders nothing else.
  shards::add_saturating(where, cell, ticks, std::memory_order_relaxed);
}

void add_signed_slow(std::uint32_t cell, std::int64_t delta) noexcept {
  const Place where = cell == 0 ? Place{} : place();
  if (where.base == nullptr) {
    count_loss(Loss::observations_dropped);
    return;
  }
  // Relaxed: as above.
  update(where, cell, std::memory_order_relaxed,
         [&](std::uint64_t before) { return before + static_cast<std::uint64_t>(delta); });
}

void observe_slow(std::uint32_t bucket_cell, std::uint32_t sum_cell, std::int64_t ticks,
                  bool signed_sum, std::uint32_t classic_cell) noexcept {
  const Place where = bucket_cell == 0 ? Place{} : place();
  if (where.base == nullptr) {
    count_loss(Loss::observations_dropped);
    return;
  }
  // The sum first and the buckets by release, as in observe() and observe_both().
  shards::add_to_sum(where, sum_cell, ticks, signed_sum);
  shards::add_saturating(where, bucket_cell, 1, std::memory_order_release);
  if (classic_cell != 0) {
    shards::add_saturating(where, classic_cell, 1, std::memory_order_release);
  }
}

void observe_batch(std::uint32_t first_cell, std::span<const std::uint64_t> buckets,
                   std::int64_t ticks, bool signed_sum) noexcept {
  const Place where = first_cell == 0 ? Place{} : place();
  if (where.base == nullptr) {
    count_loss(Loss::observations_dropped);
    return;
  }
  const auto sum_cell = first_cell + static_cast<std::uint32_t>(buckets.size());
  shards::add_to_sum(where, sum_cell, ticks, signed_sum);
  for (std::uint32_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] != 0) {
      // Release: as in observe().
      shards::add_saturating(where, first_cell + i, buckets[i], std::memory_order_release);
    }
  }
}

void set_gauge(std::uint32_t cell, double value, bool stamped) noexcept {
  layout::Cell* const base = cell == 0 ? nullptr : shards::shared_shard();
  if (base == nullptr) {
    count_loss(Loss::observations_dropped);
    return;
  }
  if (stamped) {
    shards::stamp(base, cell);
  }
  // Release: pairs with the reader's acquire of this cell; the stamp is before it.
  base[cell].store(gauge_to_cell(value), std::memory_order_release);
}

void add_gauge(std::uint32_t cell, double delta, bool stamped) noexcept {
  layout::Cell* const base = cell == 0 ? nullptr : shards::shared_shard();
  if (base == nullptr) {
    count_loss(Loss::observations_dropped);
    return;
  }
  if (stamped) {
    shards::stamp(base, cell);
  }
  // Release: as in set_gauge.
  update(Place{base, false}, cell, std::memory_order_release, [&](std::uint64_t before) {
    return gauge_to_cell(gauge_from_cell(before).value_or(0) + delta);
  });
}

}  // namespace cells
}  // namespace shmx
