// Holds live segments until its standard input ends: what an idle or a loaded agent is measured on.
// Counts everywhere at the start and for each line that it reads, and then says that it is ready.
//   segments_holder DIRECTORY COUNT [SERIES [JOBS [THREADS]]]      COUNT and SERIES: of each job
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>

#include "bench/synthetic_segments.h"

int main(int argc, char** argv) {
  if (argc < 3 || argc > 6) {
    std::fprintf(stderr, "usage: segments_holder DIRECTORY COUNT [SERIES [JOBS [THREADS]]]\n");
    return 2;
  }
  const auto number = [&](int index, std::uint32_t otherwise) {
    return argc > index ? static_cast<std::uint32_t>(std::strtoul(argv[index], nullptr, 10))
                        : otherwise;
  };
  std::deque<shmx::bench::SyntheticSegments> jobs;
  for (std::uint32_t job = 0; job < number(4, 1); ++job) {
    jobs.emplace_back(argv[1], "orders" + std::to_string(job), number(2, 0), number(3, 200),
                      number(5, shmx::bench::SyntheticSegments::kThreads));
  }
  do {
    for (auto& job : jobs) {
      job.count_everywhere();
    }
    std::puts("ready");
    std::fflush(stdout);
  } while (std::getchar() != EOF);
  return 0;
}
