// Holds live segments until its standard input ends: what an idle or a loaded agent is measured on.
//   segments_holder DIRECTORY COUNT
#include <cstdio>
#include <cstdlib>

#include "bench/synthetic_segments.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: segments_holder DIRECTORY COUNT\n");
    return 2;
  }
  shmx::bench::SyntheticSegments segments(
      argv[1], "orders", static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)), 200);
  segments.count_everywhere();
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
