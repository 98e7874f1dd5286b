// Readers of segments that keep their shape while single fields, records, extents and cells are
// changed (mutate.h): one that has seen nothing, and one whose segment is rewritten under it.
#include <cstdint>

#include "tests/fuzz/judge.h"
#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  shmx::fuzz::judge_new(bytes);
  shmx::fuzz::judge_rewritten(bytes);
  return 0;
}

// libFuzzer's name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  return shmx::fuzz::mutate(data, size, max_size, seed);
}
