// Memory for the interceptor objects, of which gRPC makes and destroys one per call: each thread
// keeps a few blocks of one size and takes the next call's from there. A block may be given back on
// another thread than it was taken on.
#ifndef SHM_EXPORTER_SHIM_BLOCK_CACHE_H
#define SHM_EXPORTER_SHIM_BLOCK_CACHE_H

#include <cstddef>
#include <cstdint>

namespace shmx::block_cache {

inline constexpr std::size_t kBlockBytes = 96;

/// Blocks that a thread keeps: calls that it may have under way at once without asking the heap.
/// Where one thread makes calls and another ends them this is what the latter keeps in vain.
inline constexpr std::uint32_t kMaxBlocksPerThread = 64;

struct Block {
  Block* next;
};

enum class ThreadState : std::uint8_t {
  fresh,  ///< nothing arranged yet for the thread's end
  open,   ///< blocks are kept
  closed  ///< the thread ends, or memory is short: blocks go to the heap
};

/// What a thread keeps. Trivial, so that it can be used until the thread's very end.
struct ThreadBlocks {
  Block* first = nullptr;
  std::uint32_t count = 0;
  ThreadState state = ThreadState::fresh;
};

[[gnu::visibility("hidden")]] extern constinit thread_local ThreadBlocks t_blocks;

[[gnu::visibility("hidden")]] void* take_slow() noexcept;
[[gnu::visibility("hidden")]] void give_slow(void* block) noexcept;

/// kBlockBytes bytes aligned as operator new aligns, or null when memory is short.
inline void* take() noexcept {
  ThreadBlocks& blocks = t_blocks;
  Block* const block = blocks.first;
  if (block == nullptr) [[unlikely]] {
    return take_slow();
  }
  blocks.first = block->next;
  --blocks.count;
  return block;
}

/// Takes back what take() gave, on any thread.
inline void give(void* block) noexcept {
  ThreadBlocks& blocks = t_blocks;
  if (blocks.state != ThreadState::open || blocks.count >= kMaxBlocksPerThread) [[unlikely]] {
    give_slow(block);
    return;
  }
  auto* const kept = static_cast<Block*>(block);
  kept->next = blocks.first;
  blocks.first = kept;
  ++blocks.count;
}

}  // namespace shmx::block_cache

#endif  // SHM_EXPORTER_SHIM_BLOCK_CACHE_H
