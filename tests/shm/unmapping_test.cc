// A failed attempt to create the segment gives its addresses back once: between two calls of munmap
// another thread may have been given what the first one freed. This test is that other thread: it
// defines munmap, and takes every range at once that the shim frees.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "shim/metrics.h"
#include "tests/shm/fresh_process.h"
#include "tests/shm/segment_view.h"
#include "tests/shm/temp_dir.h"

namespace {

bool g_watching = false;
int g_unmapped_of_others = 0;
std::vector<std::pair<std::uintptr_t, std::uintptr_t>>* g_taken = nullptr;

}  // namespace

extern "C" int munmap(void* address, std::size_t bytes) noexcept {
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  if (g_watching) {
    for (const auto& [from, to] : *g_taken) {
      g_unmapped_of_others += begin < to && begin + bytes > from ? 1 : 0;
    }
  }
  const auto result = static_cast<int>(syscall(SYS_munmap, address, bytes));
  if (g_watching) {
    // Whether it is to be had or not, what matters is that nobody unmaps it once more.
    static_cast<void>(
        mmap(address, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    g_taken->emplace_back(begin, begin + bytes);
  }
  return result;
}

namespace shmx::test {
namespace {

TEST(UnmappingTest, AFailedAttemptUnmapsNothingThatMayBeOthers) {
  const TempDir dir;
  in_fresh_process([&] {
    std::vector<std::pair<std::uintptr_t, std::uintptr_t>> taken;
    taken.reserve(1'000);
    g_taken = &taken;
    ProcessOptions options;
    options.directory = dir.path();
    options.on_problem = [](std::string_view) {};
    ASSERT_TRUE(configure(options));
    const Counter hits = counter("hits_total", "Hits.").labels();
    // Enough for the header, which is mapped then, and for nothing more.
    const rlimit limit{8192, RLIM_INFINITY};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    g_watching = true;
    hits.add();
    g_watching = false;
    EXPECT_EQ(losses()[static_cast<std::size_t>(layout::Loss::attach_failures)], 1U);
    EXPECT_FALSE(taken.empty());
    EXPECT_EQ(g_unmapped_of_others, 0);
    EXPECT_TRUE(files_in(dir.path()).empty());
  });
}

}  // namespace
}  // namespace shmx::test
