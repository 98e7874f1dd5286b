// Which thread counts where: the lease of private shards, and what cells.h leaves to the slow path.
//
// A thread is in one of these modes, kept in thread-local variables of trivial type:
//   fresh    has not counted yet (in this process: a forked child's thread is fresh again)
//   leased   t_shard is its own; given back when the thread ends
//   shared   counts in shard 0 by compare-and-swap: no shard was to be had, or the thread is ending
//
// A lease is a bit of one 64-bit word in private memory: taken with acquire, given back with
// release, so that the next owner sees every count of the one before. Shards are never zeroed.
#ifndef SHM_EXPORTER_SHM_SHARDS_H
#define SHM_EXPORTER_SHM_SHARDS_H

#include <cstdint>

#include "shm/layout.h"

namespace shmx::shards {

/// Makes the hook for the end of threads; before the first thread counts.
void hook_thread_exit() noexcept;

/// Takes a free shard among the first `shard_count`; returns its index, 0 when all are taken.
std::uint32_t lease(std::uint32_t shard_count) noexcept;

/// Makes `base`, the shard `index`, this thread's own until it ends. Returns false, with the lease
/// given back, when the thread's end could not be hooked.
bool adopt(std::uint32_t index, layout::Cell* base) noexcept;

/// This thread counts in the shared shard from now on.
void share() noexcept;

/// The shared shard of the segment that now exists; null: there is none.
void set_shared(layout::Cell* base) noexcept;

/// In a forked child: no leases, no shards, and its only thread is fresh.
void reset_in_child() noexcept;

}  // namespace shmx::shards

#endif  // SHM_EXPORTER_SHM_SHARDS_H
