// What compressing a page costs: ours beside zlib at level 6, which the common C++ client uses, on
// two pages as the agent serves them, its own metrics among them: 1,000 processes of 200 series
// summed into one job, and 10 jobs of 500 series. Prints a JSON object; the ratio is that of the
// page where it is less.
//   gzip_bench EMPTY_DIRECTORY
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "agent/main/collector/collector.h"
#include "agent/model/page.h"
#include "agent/render/text.h"
#include "agent/self/self_metrics.h"
#include "agent/web/gzip.h"
#include "bench/synthetic_segments.h"

namespace {

constexpr int kRepetitions = 51;

double cpu_seconds() {
  struct timespec now {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double median_seconds(const std::function<void()>& once) {
  std::vector<double> seconds;
  for (int i = 0; i < kRepetitions; ++i) {
    const double start = cpu_seconds();
    once();
    seconds.push_back(cpu_seconds() - start);
  }
  std::nth_element(seconds.begin(), seconds.begin() + kRepetitions / 2, seconds.end());
  return seconds[kRepetitions / 2];
}

std::string page_of(const std::string& directory, int jobs, std::uint32_t count,
                    std::uint32_t series) {
  std::filesystem::create_directory(directory);
  std::deque<shmx::bench::SyntheticSegments> segments;
  for (int job = 0; job < jobs; ++job) {
    segments.emplace_back(directory, "orders" + std::to_string(job), count, series)
        .count_everywhere();
  }
  shmx::CollectorConfig config;
  config.directories = {directory};
  shmx::Collector collector(std::move(config));
  const shmx::Collector::Time now{std::chrono::system_clock::now(), {}};
  collector.rescan(now);
  const auto snapshot = collector.collect(now);
  if (!snapshot) {
    std::fprintf(stderr, "no snapshot: %s\n", snapshot.error().message.c_str());
    std::exit(1);
  }
  std::string page;
  const shmx::self::SelfMetrics self({.version = "1.2.3", .revision = "", .compiler = ""}, "/proc");
  const shmx::model::Page families(snapshot.value(), self.collect(collector.statistics()));
  shmx::render::append_text(families.families(), page);
  return page;
}

struct Cost {
  double ours_seconds;
  double peer_seconds;
  double ours_bytes;
  double peer_bytes;
  double page_bytes;

  double ratio() const { return peer_seconds / ours_seconds; }
};

Cost measure(const std::string& page) {
  Cost cost{};
  cost.page_bytes = static_cast<double>(page.size());
  shmx::web::Gzip gzip;
  cost.ours_seconds = median_seconds(
      [&] { cost.ours_bytes = static_cast<double>(gzip.compress(page).bytes.size()); });
  std::string input = page;
  std::string output(page.size() + 1024, '\0');
  cost.peer_seconds = median_seconds([&] {
    constexpr int kGzipFormat = 16;
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzipFormat, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = static_cast<uInt>(output.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
    cost.peer_bytes = static_cast<double>(stream.total_out);
    deflateEnd(&stream);
  });
  return cost;
}

void print(const char* name, const Cost& cost) {
  std::printf(
      "\"agent.gzip_seconds_%s\": %.6f, \"peer.zlib6_seconds_%s\": %.6f, "
      "\"agent.gzip_size_ratio_%s\": %.4f, \"peer.zlib6_size_ratio_%s\": %.4f, ",
      name, cost.ours_seconds, name, cost.peer_seconds, name, cost.ours_bytes / cost.page_bytes,
      name, cost.peer_bytes / cost.page_bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: gzip_bench EMPTY_DIRECTORY\n");
    return 2;
  }
  const std::string directory = argv[1];
  const Cost summed = measure(page_of(directory + "/summed", 1, 1000, 200));
  const Cost jobs = measure(page_of(directory + "/jobs", 10, 1, 500));
  std::printf("{");
  print("summed", summed);
  print("jobs", jobs);
  std::printf("\"agent.gzip_scrape_ratio_vs_zlib6\": %.3f}\n",
              std::min(summed.ratio(), jobs.ratio()));
  return 0;
}
