// What a scrape costs: 1,000 live segments of 200 series (a quarter of them histograms) and 4
// shards, summed into one job and rendered; every cell changes between two scrapes; the guarded
// copy and the lock queries are in it. Then the same with 100 segments. Prints a JSON object.
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

struct Cost {
  double seconds;  ///< the median of the scrapes
  double samples;  ///< exported cells per scrape, before processes are summed
};

double cpu_seconds() {
  struct timespec now {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Cost scrape(const std::string& directory, std::uint32_t count) {
  std::filesystem::create_directory(directory);
  shmx::bench::SyntheticSegments segments(directory, "orders", count, kSeries);
  shmx::CollectorConfig config;
  config.directories = {directory};
  shmx::Collector collector(std::move(config));
  const auto now = std::chrono::system_clock::now();
  collector.rescan(now);
  std::string page;
  std::vector<double> seconds;
  for (int i = 0; i < kScrapes; ++i) {
    segments.count_everywhere();
    const double start = cpu_seconds();
    const auto snapshot = collector.collect(now);
    if (!snapshot) {
      std::fprintf(stderr, "no snapshot: %s\n", snapshot.error().message.c_str());
      std::exit(1);
    }
    page.clear();
    shmx::render::append_text(*snapshot.value(), page);
    seconds.push_back(cpu_seconds() - start);
  }
  std::nth_element(seconds.begin(), seconds.begin() + kScrapes / 2, seconds.end());
  return {seconds[kScrapes / 2], static_cast<double>(count * segments.samples_per_segment())};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: scrape_bench EMPTY_DIRECTORY\n");
    return 2;
  }
  const std::string directory = argv[1];
  const Cost small = scrape(directory + "/100", 100);
  const Cost large = scrape(directory + "/1000", 1000);
  std::printf(
      "{\"agent.scrape_cells_per_second\": %.0f, \"agent.scrape_cost_ratio_1000_to_100\": %.2f, "
      "\"agent.scrape_seconds_1000\": %.6f}\n",
      large.samples / large.seconds, large.seconds / small.seconds, large.seconds);
  return 0;
}
