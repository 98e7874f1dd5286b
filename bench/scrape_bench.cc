// What a scrape costs: 1,000 live segments of 200 series (a quarter of them histograms) and 4
// shards, summed into one job and rendered; every cell changes between two scrapes; the guarded
// copy and the lock queries are in it. Then the same with 100 segments. Prints a JSON object.
//
// The ratio of the two is taken with the processor's caches emptied before each scrape, as the work
// of a host between two scrapes does: otherwise the cells of 100 segments are still in them and
// those of 1,000 are not, and the ratio (printed beside, as "warm") is the machine's, not the
// agent's.
//   scrape_bench EMPTY_DIRECTORY
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/main/collector/collector.h"
#include "agent/render/text.h"
#include "bench/synthetic_segments.h"

namespace {

constexpr std::uint32_t kSeries = 200;
constexpr int kScrapes = 31;

/// More than the caches of a processor that this is likely to run on.
constexpr std::size_t kEvictionBytes = std::size_t{256} << 20;

struct Cost {
  double warm_seconds;  ///< the median of scrapes one after the other
  double cold_seconds;  ///< the same, the caches emptied before each
  double samples;       ///< exported cells per scrape, before processes are summed
};

double cpu_seconds() {
  struct timespec now {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Writes to memory until nothing else can be in the caches.
void empty_caches(std::vector<std::uint64_t>& eviction) {
  for (std::uint64_t& word : eviction) {
    ++word;
  }
}

class Scrapes {
 public:
  Scrapes(const std::string& directory, std::uint32_t count)
      : segments_(directory, "orders", count, kSeries), collector_(config(directory)) {
    collector_.rescan(now_);
  }

  /// The median of the CPU seconds of kScrapes scrapes. `eviction`: emptied caches before each.
  double median_seconds(std::vector<std::uint64_t>* eviction) {
    std::vector<double> seconds;
    for (int i = 0; i < kScrapes; ++i) {
      segments_.count_everywhere();
      if (eviction != nullptr) {
        empty_caches(*eviction);
      }
      seconds.push_back(scrape_seconds());
    }
    std::nth_element(seconds.begin(), seconds.begin() + kScrapes / 2, seconds.end());
    return seconds[kScrapes / 2];
  }

  std::uint64_t samples_per_segment() const { return segments_.samples_per_segment(); }

 private:
  static shmx::CollectorConfig config(const std::string& directory) {
    shmx::CollectorConfig made;
    made.directories = {directory};
    return made;
  }

  double scrape_seconds() {
    const double start = cpu_seconds();
    const auto snapshot = collector_.collect(now_);
    if (!snapshot) {
      std::fprintf(stderr, "no snapshot: %s\n", snapshot.error().message.c_str());
      std::exit(1);
    }
    page_.clear();
    shmx::render::append_text(*snapshot.value(), page_);
    return cpu_seconds() - start;
  }

  const shmx::Collector::Time now_{std::chrono::system_clock::now(), {}};
  shmx::bench::SyntheticSegments segments_;
  shmx::Collector collector_;
  std::string page_;
};

Cost measure(const std::string& directory, std::uint32_t count) {
  std::filesystem::create_directory(directory);
  Scrapes scrapes(directory, count);
  Cost cost{};
  cost.samples = static_cast<double>(count * scrapes.samples_per_segment());
  cost.warm_seconds = scrapes.median_seconds(nullptr);
  std::vector<std::uint64_t> eviction(kEvictionBytes / sizeof(std::uint64_t));
  cost.cold_seconds = scrapes.median_seconds(&eviction);
  return cost;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: scrape_bench EMPTY_DIRECTORY\n");
    return 2;
  }
  const std::string directory = argv[1];
  const Cost small = measure(directory + "/100", 100);
  const Cost large = measure(directory + "/1000", 1000);
  std::printf(
      "{\"agent.scrape_cells_per_second\": %.0f, \"agent.scrape_cost_ratio_1000_to_100\": %.2f, "
      "\"agent.scrape_cost_ratio_1000_to_100_warm\": %.2f, \"agent.scrape_seconds_1000\": %.6f, "
      "\"agent.scrape_seconds_1000_cold\": %.6f}\n",
      large.samples / large.warm_seconds, large.cold_seconds / small.cold_seconds,
      large.warm_seconds / small.warm_seconds, large.warm_seconds, large.cold_seconds);
  return 0;
}
