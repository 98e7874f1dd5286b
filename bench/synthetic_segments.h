// Many live segments from one process, through the writer that the shim uses, for benches of the
// agent: series of which a quarter are histograms of 11 bounds, and a shard per thread that counts,
// every cell of it counted in.
#ifndef SHM_EXPORTER_BENCH_SYNTHETIC_SEGMENTS_H
#define SHM_EXPORTER_BENCH_SYNTHETIC_SEGMENTS_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shm/segment_file.h"

namespace shmx::bench {

class SyntheticSegments {
 public:
  static constexpr std::uint32_t kThreads = 4;

  /// Creates `count` segments of job `job` in `directory`; aborts when that fails.
  SyntheticSegments(const std::string& directory, const std::string& job, std::uint32_t count,
                    std::uint32_t series, std::uint32_t threads = kThreads);

  /// Ends `count` of them from number `first` on, as if their processes had exited.
  void end(std::uint32_t first, std::uint32_t count) noexcept;

  /// The same, each followed by a new one in its place.
  void restart(std::uint32_t first, std::uint32_t count);

  /// Adds to every cell of every shard.
  void count_everywhere() noexcept;

  /// Samples that a scrape exports of one segment: a counter 1, a histogram 12 buckets, sum, count.
  std::uint64_t samples_per_segment() const noexcept { return samples_; }

 private:
  std::unique_ptr<SegmentFile> born() const;

  std::string directory_;
  std::string job_;
  std::uint32_t threads_;
  std::vector<std::byte> image_;
  std::vector<std::unique_ptr<SegmentFile>> segments_;
  std::uint32_t cells_ = 1;
  std::uint64_t samples_ = 0;
};

}  // namespace shmx::bench

#endif  // SHM_EXPORTER_BENCH_SYNTHETIC_SEGMENTS_H
