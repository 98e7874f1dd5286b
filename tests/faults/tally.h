// What a service has counted, in memory that its harness owns: it survives whatever happens to the
// service. Before a count its amount enters `attempted`, after it `acknowledged`; so at any instant
//
//   acknowledged <= what the segment holds <= attempted
//
// and the two differ by what the threads have under way, one count each. The harness maps the same
// file (tally.py); `counted_service --describe` tells it the sizes.
#ifndef SHM_EXPORTER_TESTS_FAULTS_TALLY_H
#define SHM_EXPORTER_TESTS_FAULTS_TALLY_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace shmx::test {

/// A label's values: several series per family, registered when they are first needed.
inline constexpr std::size_t kKinds = 4;

/// Upper bounds of the histogram, in ticks of a nanosecond: observations are spread over them all.
inline constexpr std::array<std::uint64_t, 5> kBoundTicks = {100'000, 250'000, 500'000, 1'000'000,
                                                             1'500'000};
inline constexpr std::uint64_t kMostTicks = 2'000'000;

/// A life is a process of at most so many threads that count, and at most one forked child of it.
inline constexpr std::size_t kThreads = 4;
inline constexpr std::size_t kProcesses = 2;
inline constexpr std::size_t kLanes = kProcesses * kThreads;

/// What is told apart per kind, in this order.
enum class Quantity : std::size_t {
  events = 0,   ///< of the counter of whole numbers
  cost = 1,     ///< of the counter of seconds, in ticks
  sum = 2,      ///< of the histogram, in ticks
  buckets = 3,  ///< of the histogram, not cumulative; the last is +Inf
};
inline constexpr std::size_t kQuantities =
    static_cast<std::size_t>(Quantity::buckets) + kBoundTicks.size() + 1;

using Number = std::atomic<std::uint64_t>;
static_assert(sizeof(Number) == 8 && Number::is_always_lock_free);

/// One number per thread, so that nobody waits for anybody.
using Lanes = std::array<Number, kLanes>;

/// By kind and quantity.
using Side = std::array<std::array<Lanes, kQuantities>, kKinds>;

/// One life's numbers; the file is an array of these, each mapped alone.
struct alignas(4096) Tally {
  Side attempted;
  Side acknowledged;
};
static_assert(offsetof(Tally, attempted) == 0);
static_assert(offsetof(Tally, acknowledged) == kKinds * kQuantities * kLanes * sizeof(Number));

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_FAULTS_TALLY_H
