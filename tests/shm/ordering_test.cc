// Release and acquire between a writer's cells and a reader, through one mapping, since TSan knows
// nothing of two mappings of the same memory. What is ordered is plain memory beside the cells:
// TSan reports it as a race as soon as one half of a pair is missing. Built once more with each
// half missing (SHMX_RELAXED_WRITER, SHMX_RELAXED_READER), and then it must be reported.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "shm/cells.h"
#include "shm/exemplars.h"
#include "shm/guarded_copy.h"
#include "tests/shm/corruptions.h"
#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

constexpr std::uint32_t kBucket = 1;
constexpr std::uint32_t kSum = 2;
constexpr std::uint64_t kRounds = 20'000;

void observe(std::uint32_t bucket, std::uint32_t sum, std::int64_t ticks) {
#ifdef SHMX_RELAXED_WRITER
  // cells::observe with the one store wrong that matters.
  layout::Cell* const shard = cells::t_shard;
  shard[sum].store(shard[sum].load(std::memory_order_relaxed) + static_cast<std::uint64_t>(ticks),
                   std::memory_order_relaxed);
  shard[bucket].store(shard[bucket].load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
#else
  cells::observe(bucket, sum, ticks);
#endif
}

void copy(const layout::Cell* from, std::uint64_t* to, std::size_t count) {
#ifdef SHMX_RELAXED_READER
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = from[i].load(std::memory_order_relaxed);
  }
#else
  copy_words(from, to, count);
#endif
}

// Runs `round` in a thread of its own kRounds times, with t_shard set to `shard`, while `read` runs
// here again and again; `read` returns the last round that it has seen.
void race(layout::Cell* shard, const std::function<void(std::uint64_t)>& round,
          const std::function<std::uint64_t()>& read) {
  std::thread writer([&] {
    cells::t_shard = shard;
    for (std::uint64_t i = 1; i <= kRounds; ++i) {
      round(i);
    }
    cells::t_shard = nullptr;
  });
  std::uint64_t before = 0;
  while (before < kRounds) {
    const std::uint64_t seen = read();
    EXPECT_GE(seen, before);
    before = seen;
  }
  writer.join();
}

TEST(OrderingTest, WhatWasStoredBeforeAnObservationIsSeenWithIt) {
  std::vector<std::uint64_t> payload(kRounds + 1);  // Plain memory: nothing else orders it.
  const auto shard = std::make_unique<layout::Cell[]>(3);
  race(
      shard.get(),
      [&](std::uint64_t i) {
        payload[i] = i;
        observe(kBucket, kSum, 3);
      },
      [&] {
        std::uint64_t cells[3];
        copy(shard.get(), cells, 3);
        const std::uint64_t count = cells[kBucket];
        EXPECT_EQ(payload[count], count);
        EXPECT_GE(cells[kSum], 3 * count) << "the sum must never be behind";
        return count;
      });
}

#if !defined(SHMX_RELAXED_WRITER) && !defined(SHMX_RELAXED_READER)

TEST(OrderingTest, AnObservationSeenInAClassicBucketIsInTheNativeOnesAndInTheSumToo) {
  // In the order of a series' cells: classic bucket, native bucket, sum.
  std::vector<std::uint64_t> payload(kRounds + 1);
  const auto shard = std::make_unique<layout::Cell[]>(4);
  race(
      shard.get(),
      [&](std::uint64_t i) {
        payload[i] = i;
        cells::observe_both(2, 1, 3, 3);
      },
      [&] {
        std::uint64_t cells[4];
        copy(shard.get(), cells, 4);
        EXPECT_EQ(payload[cells[1]], cells[1]);
        EXPECT_EQ(payload[cells[2]], cells[2]);
        EXPECT_GE(cells[2], cells[1]) << "the native buckets must never be behind";
        EXPECT_GE(cells[3], 3 * cells[2]) << "the sum must never be behind";
        return cells[1];
      });
}

// Where this process has a file mapped.
layout::Cell* mapping_of(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with(path)) {
      void* address = nullptr;
      std::istringstream(line) >> address;
      return static_cast<layout::Cell*>(address);
    }
  }
  ADD_FAILURE() << path << " is not mapped";
  return nullptr;
}

// The real reader, and a writer that stores into the reader's own mapping, made writable for it.
class OneMappingTest : public testing::Test {
 protected:
  OneMappingTest() : fd_(create_file(dir_ / "segment")) {
    image_.write_to(fd_);
    segment_ = std::make_unique<SegmentReader>(
        std::move(SegmentReader::open(fd_, layout::kMaxSegmentBytes)).value());
    map_ = mapping_of(dir_ / "segment");
    EXPECT_EQ(mprotect(static_cast<void*>(map_), image_.bytes().size(), PROT_READ | PROT_WRITE), 0);
  }

  layout::Cell* word(const void* of_image) {
    const auto* const at = static_cast<const std::byte*>(of_image);
    return map_ + (at - image_.bytes().data()) / 8;
  }
  void read() {
    const auto read = segment_->read(fd_);
    ASSERT_TRUE(read.ok()) << read.error().detail;
  }

  TempDir dir_;
  Image image_ = small_image();
  UniqueFd fd_;
  std::unique_ptr<SegmentReader> segment_;
  layout::Cell* map_ = nullptr;
};

TEST_F(OneMappingTest, TheReaderSeesWhatWasStoredBeforeAnObservation) {
  std::vector<std::uint64_t> payload(kRounds + 1);
  race(
      word(&image_.cell(1, 0)),
      [&](std::uint64_t i) {
        payload[i] = i;
        cells::add(kHitsCell, 1);
        cells::observe(kWaitCell + i % 3, kWaitSumCell, 3);
      },
      [&] {
        read();
        std::uint64_t count = 0;
        for (std::uint32_t i = kWaitCell; i < kWaitSumCell; ++i) {
          count += segment_->cells()[i];
        }
        EXPECT_EQ(payload[count], count);
        EXPECT_GE(segment_->cells()[kWaitSumCell], 3 * count);
        return count;
      });
  read();  // The one before came to the hits' cell first: it may lack the last of them.
  EXPECT_EQ(segment_->cells()[kHitsCell], kRounds);
}

TEST_F(OneMappingTest, TheReaderSeesWhatWasStoredBeforeAnExemplar) {
  image_.append(new_series(0, kLevelCell + 1, 1));
  const std::uint64_t slot = image_.append_exemplars(3, 1);
  image_.write_to(fd_);
  std::vector<std::uint64_t> payload(kRounds + 1);
  std::uint64_t seen = 0;  // At some reads the slot is being written.
  // Where the directory is taken to begin, this slot is the first that a series may have.
  exemplars::set_directory(word(&image_.directory(slot)) - sizeof(layout::ExemplarSlot) / 8);
  race(
      word(&image_.cell(1, 0)),
      [&](std::uint64_t i) {
        payload[i] = i;
        SpanContext span;
        span.trace_id.fill(static_cast<std::uint8_t>(i % 255 + 1));
        span.span_id.fill(static_cast<std::uint8_t>(i % 255 + 1));
        exemplars::keep(1, static_cast<std::int64_t>(i), span);
      },
      [&] {
        read();
        for (const ExemplarReading& exemplar : segment_->exemplars()) {
          seen = static_cast<std::uint64_t>(exemplar.ticks);
          EXPECT_EQ(payload[seen], seen);
          EXPECT_EQ(exemplar.span.trace_id.front(), seen % 255 + 1);
          EXPECT_EQ(exemplar.span.span_id.back(), seen % 255 + 1);
        }
        return seen;
      });
  exemplars::set_directory(nullptr);
}

TEST_F(OneMappingTest, TheReaderSeesARecordWholeOnceDirectoryUsedIsReleased) {
  // One family after the other, their bytes stored plainly as the writer does.
  std::vector<std::vector<std::byte>> records;
  std::uint64_t used = image_.header().directory_used;
  for (int i = 0; used + 100 < layout::kPageBytes; ++i) {
    records.push_back(encode(counter_family("family_" + std::to_string(i))));
    used += records.back().size();
  }
  std::thread writer([&] {
    auto* const directory = reinterpret_cast<std::byte*>(word(&image_.directory(0)));
    layout::Cell* const published = word(&image_.header().directory_used);
    std::uint64_t at = published->load(std::memory_order_relaxed);
    for (const auto& record : records) {
      std::memcpy(directory + at, record.data(), record.size());
      at += record.size();
      published->store(at, std::memory_order_release);
    }
  });
  while (segment_->families().size() < 3 + records.size()) {
    read();
  }
  writer.join();
  EXPECT_EQ(segment_->families().back().name, "family_" + std::to_string(records.size() - 1));
}

#endif

}  // namespace
}  // namespace shmx::test
