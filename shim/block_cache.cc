// The heap behind the per-thread blocks, and what happens to them when a thread ends. A pthread key
// rather than a thread_local destructor: interceptors may be destroyed by the thread's other
// destructors, before and after this one, and registering one must not end the process when memory
// is short.
#include "shim/block_cache.h"

#include <pthread.h>

#include <new>

namespace shmx::block_cache {

constinit thread_local ThreadBlocks t_blocks;

namespace {

void close_thread(void* /*value*/) noexcept {
  ThreadBlocks& blocks = t_blocks;
  blocks.state = ThreadState::closed;
  while (blocks.first != nullptr) {
    Block* const block = blocks.first;
    blocks.first = block->next;
    ::operator delete(block);
  }
  blocks.count = 0;
}

struct Key {
  Key() noexcept : valid(pthread_key_create(&id, &close_thread) == 0) {}
  pthread_key_t id{};
  bool valid;
};

// Arranges for close_thread() at the thread's end.
bool arrange_close() noexcept {
  static const Key key;
  // The value only has to be non-null for the destructor to be called.
  return key.valid && pthread_setspecific(key.id, &t_blocks) == 0;
}

}  // namespace

void* take_slow() noexcept {
  return ::operator new(kBlockBytes, std::nothrow);
}

void give_slow(void* block) noexcept {
  ThreadBlocks& blocks = t_blocks;
  if (blocks.state == ThreadState::fresh) {
    blocks.state = arrange_close() ? ThreadState::open : ThreadState::closed;
    if (blocks.state == ThreadState::open) {
      give(block);
      return;
    }
  }
  ::operator delete(block);
}

}  // namespace shmx::block_cache
