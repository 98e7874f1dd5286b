// The interceptors' memory: reused on a thread, and moved between threads without loss.
#include "shim/block_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace shmx::block_cache {
namespace {

std::vector<void*> take_many(std::size_t count) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(take());
    std::memset(blocks.back(), 0x5a, kBlockBytes);
  }
  return blocks;
}

TEST(BlockCache, ReusesWhatTheThreadGaveBack) {
  void* const first = take();
  give(first);
  void* const second = take();
  EXPECT_EQ(second, first);
  give(second);
}

TEST(BlockCache, NeverGivesABlockTwice) {
  const std::vector<void*> blocks = take_many(3 * std::size_t{kMaxBlocksPerThread});
  EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), blocks.size());
  for (void* const block : blocks) {
    give(block);
  }
}

TEST(BlockCache, KeepsNoMoreThanTheLimit) {
  for (void* const block : take_many(3 * std::size_t{kMaxBlocksPerThread})) {
    give(block);
  }
  EXPECT_EQ(t_blocks.count, kMaxBlocksPerThread);
}

TEST(BlockCache, TakesBackOnAnotherThread) {
  const std::vector<void*> blocks = take_many(2 * std::size_t{kMaxBlocksPerThread});
  std::thread([&blocks] {
    for (void* const block : blocks) {
      give(block);
    }
    EXPECT_EQ(t_blocks.count, kMaxBlocksPerThread);
  }).join();  // the thread's blocks go back to the heap here: a leak is the sanitizer's to find
}

// Gives back what it holds when the thread's destructors run.
struct LateGiver {
  void* block = nullptr;
  ~LateGiver() { give(block); }
};

TEST(BlockCache, TakesBackFromTheDestructorsOfAThread) {
  std::thread([] {
    thread_local LateGiver giver;
    giver.block = take();
    give(take());
  }).join();
}

}  // namespace
}  // namespace shmx::block_cache
