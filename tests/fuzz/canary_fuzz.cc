// A target with a bug: it believes the length of a help text. It must be found, which shows that
// the mutator gets into the records of segments that are taken, and that the sanitizers look.
#include <cstdint>
#include <cstring>
#include <memory>

#include "tests/fuzz/judge.h"
#include "tests/fuzz/mutate.h"

namespace {

// Where small_image() has its first record, and how long that is.
constexpr std::size_t kRecordAt = 4096;
constexpr std::size_t kRecordBytes = 56;

void believe(std::span<const std::byte> bytes) {
  if (bytes.size() < kRecordAt + kRecordBytes) {
    return;
  }
  const auto record = std::make_unique<std::byte[]>(kRecordBytes);
  std::memcpy(record.get(), bytes.data() + kRecordAt, kRecordBytes);
  shmx::layout::FamilyRecord family;
  std::memcpy(&family, record.get(), sizeof family);
  const std::byte* const help = record.get() + sizeof family + family.name_bytes;
  volatile std::byte last = help[family.help_bytes - 1];
  static_cast<void>(last);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  shmx::fuzz::judge_new(bytes);
  believe(bytes);
  return 0;
}

// libFuzzer's name.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  return shmx::fuzz::mutate(data, size, max_size, seed);
}
