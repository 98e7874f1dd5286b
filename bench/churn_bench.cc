// What the ends of processes cost: folds per second with the durable state, each in a transaction
// of its own and many in one; and the CPU of a scrape while 1,000 processes restart, beside the
// same without. Prints a JSON object.
//   churn_bench EMPTY_DIRECTORY
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/main/collector/collector.h"
#include "agent/render/text.h"
#include "bench/synthetic_segments.h"

namespace {

constexpr std::uint32_t kSegments = 1'000;
constexpr std::uint32_t kSeries = 200;
constexpr std::uint32_t kRestartsPerScrape = 50;
constexpr std::uint32_t kSingleFolds = 200;

double cpu_seconds() {
  struct timespec now {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

/// A collector with a state, and its segments.
class Host {
 public:
  explicit Host(const std::string& directory) {
    std::filesystem::create_directories(directory + "/segments");
    segments_ = std::make_unique<shmx::bench::SyntheticSegments>(directory + "/segments", "orders",
                                                                 kSegments, kSeries);
    auto state = shmx::state::Directory::take(directory + "/state");
    if (!state) {
      fail(state.error().message);
    }
    shmx::CollectorConfig config;
    config.directories = {directory + "/segments"};
    config.store = std::make_unique<shmx::state::Store>(std::move(state).value(), "a boot");
    collector_ = std::make_unique<shmx::Collector>(std::move(config));
    collector_->rescan(now_);
  }

  shmx::bench::SyntheticSegments& segments() { return *segments_; }
  void take_news() { collector_->on_inotify(now_); }

  double scrape_seconds() {
    const double start = cpu_seconds();
    const auto snapshot = collector_->collect(now_);
    if (!snapshot) {
      fail(snapshot.error().message);
    }
    page_.clear();
    shmx::render::append_text(*snapshot.value(), page_);
    return cpu_seconds() - start;
  }

  void expect_folds(std::uint64_t folds) const {
    const auto statistics = collector_->statistics();
    if (statistics.folds_total != folds || statistics.folds_waiting != 0) {
      fail("folded " + std::to_string(statistics.folds_total) + ", expected " +
           std::to_string(folds));
    }
  }

 private:
  [[noreturn]] static void fail(const std::string& problem) {
    std::fprintf(stderr, "churn_bench: %s\n", problem.c_str());
    std::exit(1);
  }

  const shmx::Collector::Time now_{std::chrono::system_clock::now(), std::chrono::hours(1)};
  std::unique_ptr<shmx::bench::SyntheticSegments> segments_;
  std::unique_ptr<shmx::Collector> collector_;
  std::string page_;
};

struct Folds {
  double one_by_one;  ///< per second of CPU
  double together;
};

Folds folds(const std::string& directory) {
  Host host(directory);
  Folds result{};
  double start = cpu_seconds();
  for (std::uint32_t i = 0; i < kSingleFolds; ++i) {
    host.segments().end(i, 1);
    host.take_news();
  }
  result.one_by_one = kSingleFolds / (cpu_seconds() - start);
  host.segments().end(kSingleFolds, kSegments - kSingleFolds);
  start = cpu_seconds();
  host.take_news();
  host.scrape_seconds();
  result.together = (kSegments - kSingleFolds) / (cpu_seconds() - start);
  host.expect_folds(kSegments);
  return result;
}

/// The CPU of a scrape during the restarts, divided by that of one without. What the news of a
/// restart cost is not in it: that is done as it comes, between the scrapes.
double churn_ratio(const std::string& directory) {
  Host host(directory);
  std::vector<double> quiet;
  std::vector<double> during;
  host.scrape_seconds();
  for (std::uint32_t i = 0; i < kSegments / kRestartsPerScrape; ++i) {
    host.segments().count_everywhere();
    quiet.push_back(host.scrape_seconds());
  }
  for (std::uint32_t first = 0; first < kSegments; first += kRestartsPerScrape) {
    host.segments().restart(first, kRestartsPerScrape);
    host.segments().count_everywhere();
    host.take_news();
    during.push_back(host.scrape_seconds());
  }
  host.expect_folds(kSegments);
  return median(std::move(during)) / median(std::move(quiet));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: churn_bench EMPTY_DIRECTORY\n");
    return 2;
  }
  const std::string directory = argv[1];
  const Folds measured = folds(directory + "/folds");
  std::printf(
      "{\"agent.folds_per_second\": %.0f, \"agent.folds_per_second_batched\": %.0f, "
      "\"agent.scrape_cpu_ratio_during_churn\": %.3f}\n",
      measured.one_by_one, measured.together, churn_ratio(directory + "/churn"));
  return 0;
}
