// A writer that cuts its file while it is read: an error result, never a crash and never a wrong
// value.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <thread>

#include "shm/guarded_copy.h"
#include "shm/reader.h"
#include "tests/shm/fresh_process.h"
#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using layout::ExtentKind;
using layout::kPageBytes;
using layout::kWordsPerPage;

constexpr int kRounds = 5'000;

TEST(TruncationTest, ACopyFromPagesThatAreGoneFailsEachOfThousandsOfTimes) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "file");
  ASSERT_EQ(ftruncate(fd.get(), 2 * kPageBytes), 0);
  void* const map = mmap(nullptr, 2 * kPageBytes, PROT_READ, MAP_SHARED, fd.get(), 0);
  ASSERT_NE(map, MAP_FAILED);
  const auto* const cells = static_cast<const layout::Cell*>(map);
  std::array<std::uint64_t, std::size_t{2} * kWordsPerPage> copy;
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_EQ(ftruncate(fd.get(), kPageBytes), 0);
    ASSERT_TRUE(guarded_copy(cells, copy.data(), kWordsPerPage));
    ASSERT_FALSE(guarded_copy(cells, copy.data(), copy.size()));
    ASSERT_EQ(ftruncate(fd.get(), 2 * kPageBytes), 0);
    ASSERT_TRUE(guarded_copy(cells, copy.data(), copy.size()));
  }
  munmap(map, 2 * kPageBytes);
}

TEST(TruncationTest, AFileThatChangesItsSizeWhileItIsOpenedIsRefusedForWhatItIs) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "file");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    // Relaxed: a flag that orders nothing else.
    while (!stop.load(std::memory_order_relaxed)) {
      if (ftruncate(fd.get(), 0) != 0 || posix_fallocate(fd.get(), 0, 2 * kPageBytes) != 0 ||
          ftruncate(fd.get(), 100) != 0) {
        break;
      }
    }
  });
  int refused = 0;
  for (int round = 0; round < 10 * kRounds; ++round) {
    const auto reader = SegmentReader::open(fd, layout::kMaxSegmentBytes);
    // Zeros are no segment; the kernel is never to blame for what a writer does.
    refused += !reader && reader.error().reason != Refusal::io ? 1 : 0;
  }
  stop.store(true, std::memory_order_relaxed);
  writer.join();
  EXPECT_EQ(refused, 10 * kRounds);
}

TEST(TruncationTest, ACopyInAThreadFailsWithoutHarmToOthers) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "file");
  ASSERT_EQ(ftruncate(fd.get(), kPageBytes), 0);
  void* const map = mmap(nullptr, kPageBytes, PROT_READ, MAP_SHARED, fd.get(), 0);
  ASSERT_NE(map, MAP_FAILED);
  ASSERT_EQ(ftruncate(fd.get(), 0), 0);
  std::atomic<int> failures = 0;
  const auto copy_often = [&] {
    std::uint64_t word = 0;
    for (int i = 0; i < kRounds; ++i) {
      // Relaxed: joined before it is read.
      failures.fetch_add(guarded_copy(static_cast<const layout::Cell*>(map), &word, 1) ? 0 : 1,
                         std::memory_order_relaxed);
    }
  };
  std::thread first(copy_often);
  std::thread second(copy_often);
  first.join();
  second.join();
  EXPECT_EQ(failures, 2 * kRounds);
  munmap(map, kPageBytes);
}

// Cells in 64 shards: a copy long enough to be cut in the middle.
Image image_of_64_shards() {
  Image image;
  image.append_extent(ExtentKind::directory, 0, 0, 0, kWordsPerPage);
  image.append_extent(ExtentKind::cells, 0, layout::kMaxShards, 0, kWordsPerPage);
  image.publish_extents(2);
  image.append(counter_family("hits_total"));
  image.append(SeriesDescriptor{0, kWordsPerPage - 1, 1, false, {}});
  for (std::uint32_t shard = 0; shard < layout::kMaxShards; ++shard) {
    image.cell(shard, kWordsPerPage - 1) = 1;
  }
  return image;
}

TEST(TruncationTest, AFileCutAgainAndAgainWhileItIsReadIsRightOrRefused) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "segment");
  Image image = image_of_64_shards();
  image.write_to(fd);
  const auto size = static_cast<std::int64_t>(image.bytes().size());
  std::atomic<bool> stop = false;
  std::thread truncator([&] {
    // Cuts at a page and fills the file again, from the front: no moment has a hole in it.
    for (std::int64_t cut = 1; !stop.load(std::memory_order_relaxed); cut = cut * 7 % 61) {
      const auto at = cut * static_cast<std::int64_t>(kPageBytes);
      ASSERT_EQ(ftruncate(fd.get(), at), 0);
      ASSERT_EQ(pwrite(fd.get(), image.bytes().data() + at, size - at, at), size - at);
    }
  });
  int right = 0;
  int truncated = 0;
  for (int round = 0; round < kRounds || right == 0 || truncated == 0; ++round) {
    const auto segment = read_segment(fd);
    if (segment.ok()) {
      // A cell may be read while its page is filled again, hence fewer; never more.
      EXPECT_LE(segment.value().cells().back(), layout::kMaxShards);
      ++right;
    } else if (segment.error().reason == Refusal::truncated) {
      ++truncated;
    } else {
      EXPECT_EQ(segment.error().reason, Refusal::sparse) << segment.error().detail;
    }
  }
  stop.store(true, std::memory_order_relaxed);
  truncator.join();
}

TEST(TruncationTest, AReaderThatMetATruncatedFileReadsItAgainOnceItIsWhole) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "segment");
  Image image = small_image();
  image.cell(0, kHitsCell) = 5;
  image.write_to(fd);
  auto segment = read_segment(fd);
  ASSERT_TRUE(segment.ok());
  ASSERT_EQ(ftruncate(fd.get(), 2 * kPageBytes), 0);
  const auto cut = segment.value().read(fd);
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().reason, Refusal::truncated);
  EXPECT_EQ(segment.value().cells()[kHitsCell], 5U);
  image.cell(0, kHitsCell) = 6;
  image.write_to(fd);
  ASSERT_TRUE(segment.value().read(fd).ok());
  EXPECT_EQ(segment.value().cells()[kHitsCell], 6U);
}

std::uint64_t address_space_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(TruncationTest, AReaderWithoutMemoryForAGrownFileSaysIoAndReadsItWhenThereIsSome) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "segment");
  in_fresh_process([&] {
    Image image = small_image();
    image.write_to(fd);
    auto segment = read_segment(fd);
    ASSERT_TRUE(segment.ok());
    image.append_extent(ExtentKind::cells, 2, 62, 0, kWordsPerPage);
    image.publish_extents(3);
    image.cell(63, kHitsCell) = 7;
    image.write_to(fd);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
    const rlimit none{address_space_bytes() + (128 << 10), before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_AS, &none), 0);
    const auto failed = segment.value().read(fd);
    ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().reason, Refusal::io);
    EXPECT_NE(failed.error().detail.find("mmap: Cannot allocate memory (errno 12)"),
              std::string::npos)
        << failed.error().detail;
    const auto read = segment.value().read(fd);
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(segment.value().cells()[kHitsCell], 7U);
  });
}

}  // namespace
}  // namespace shmx::test
