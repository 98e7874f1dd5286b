// A writer that changes its file in every way while it is read: each read is right or refused for
// what the writer did, never for a failure of the reader's own; and what is read beside it is
// exact.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>

#include "tests/shm/hostile_writer.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

int rounds() {
  const char* const full = std::getenv("SHMX_FULL");
  return full != nullptr && std::string_view(full) == "1" ? 500'000 : 20'000;
}

TEST(HostileWriterTest, ThousandsOfReadsOfAChangingFileHarmNothing) {
  const TempDir dir;
  const UniqueFd honest_fd = create_file(dir / "honest");
  Image honest = right_image();
  honest.write_to(honest_fd);
  auto honest_reader = read_segment(honest_fd);
  ASSERT_TRUE(honest_reader.ok());

  HostileWriter hostile(dir.path(), HostileWriter::Files::one, 20260101);
  const UniqueFd fd(::open(hostile.path().c_str(), O_RDONLY | O_CLOEXEC));
  std::map<std::string_view, int> answers;
  const auto met_all = [&] {
    return std::ranges::all_of(
        std::array{"right", "truncated", "sparse", "decreased", "not_a_segment"},
        [&](const char* answer) { return answers[answer] > 0; });
  };
  for (int round = 1; round <= rounds() || !met_all(); ++round) {
    // Sometimes one that opens it, sometimes one that reads it again and again until it is refused.
    auto reader = SegmentReader::open(fd, layout::kMaxSegmentBytes);
    for (int again = 0; reader.ok() && again < 10; ++again) {
      if (const auto read = reader.value().read(fd); !read.ok()) {
        reader = read.error();
      }
    }
    ++answers[reader.ok() ? "right" : to_string(reader.error().reason)];

    honest.cell(1, kHitsCell) = 20U + static_cast<unsigned>(round);
    honest.write_to(honest_fd);
    ASSERT_TRUE(honest_reader.value().read(honest_fd).ok());
    ASSERT_EQ(honest_reader.value().cells()[kHitsCell], 30U + static_cast<unsigned>(round));
  }
  hostile.stop();
  EXPECT_EQ(answers.count("io"), 0U);
}

}  // namespace
}  // namespace shmx::test
