// Writes an audit log of small files, and says which records are in it: a line "record SEQ" each.
//   audit_writer DIRECTORY KEY_FILE RECORDS
#include <cstdio>
#include <cstdlib>
#include <future>

#include "agent/audit/log.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::int64_t now_ns = 1'795'741'200'000'000'000;
  auto log = shmx::audit::Log::open(
      {.directory = argv[1],
       .key_file = argv[2],
       .checkpoint_every = 3,
       .max_file_bytes = 1'500,
       .max_total_bytes = 4'500},
      {.now_unix_ns = [&now_ns] { return ++now_ns; },
       .warn =
           [](const std::string& sentence) { std::fprintf(stderr, "%s\n", sentence.c_str()); }});
  if (!log) {
    std::fprintf(stderr, "%s\n", log.error().message.c_str());
    return 1;
  }
  const int records = std::atoi(argv[3]);
  for (int i = 0; i < records; ++i) {
    std::promise<shmx::Result<std::uint64_t>> answer;
    log.value()->record({"scrape", {{"reader", "prometheus"}}},
                        [&](const shmx::Result<std::uint64_t>& seq) { answer.set_value(seq); });
    const auto seq = answer.get_future().get();
    if (!seq) return 1;
    std::fprintf(stderr, "record %llu\n", static_cast<unsigned long long>(seq.value()));
  }
  return 0;
}
