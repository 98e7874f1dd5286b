// A reader of bytes that have no shape but what the corpus gives them.
#include <cstdint>

#include "tests/fuzz/judge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shmx::fuzz::judge_new(std::as_bytes(std::span(data, size)));
  return 0;
}
