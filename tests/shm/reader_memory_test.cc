// A reader whose own process has no memory: the segment is not to blame, nothing is lost, and it is
// read when there is memory again.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "tests/shm/corruptions.h"
#include "tests/shm/fresh_process.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

std::uint64_t address_space_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(ReaderMemoryTest, ADirectoryThatThereIsNoMemoryForIsReadWhenThereIsSome) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "segment");
  in_fresh_process([&] {
    Image image = large_image(2000, 20);
    image.append(counter_family("hits_total"));
    image.append(new_series(0, 1, 1, {{"n", "first"}}));
    image.cell(0, 1) = 7;
    image.write_to(fd);
    auto segment = read_segment(fd);
    ASSERT_TRUE(segment.ok()) << segment.error().detail;
    constexpr std::uint32_t kMore = 9'000;
    for (std::uint32_t n = 0; n < kMore; ++n) {
      image.append(new_series(0, n + 2, 1, {{"n", std::string(500, 'v') + std::to_string(n)}}));
    }
    image.write_to(fd);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
    // Less than the directory, more than an error's text.
    const rlimit little{address_space_bytes() + (1 << 20), before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_AS, &little), 0);
    const auto failed = segment.value().read(fd);
    ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().reason, Refusal::io);
    EXPECT_EQ(failed.error().detail, "memory: Cannot allocate memory (errno 12)");
    EXPECT_EQ(segment.value().series().size(), 1U);
    EXPECT_EQ(segment.value().cells()[1], 7U);
    const auto read = segment.value().read(fd);
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(segment.value().series().size(), kMore + 1);
  });
}

}  // namespace
}  // namespace shmx::test
