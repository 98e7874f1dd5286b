// What a reader makes of bytes that are wrong: each row of the table is refused for its own reason
// and in its own words, and takes nothing from a reader that had read the segment before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <set>
#include <tuple>

#include "tests/shm/corruptions.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

class CorruptionTest : public testing::TestWithParam<Corruption> {
 protected:
  void corrupt(Image image) {
    GetParam().apply(image);
    image.write_to(fd_);
    if (GetParam().spoil_file != nullptr) {
      GetParam().spoil_file(fd_);
    }
  }

  template <typename Value>
  void expect_refusal(const Result<Value, ReadError>& result) {
    ASSERT_FALSE(result.ok()) << "it was read as if nothing was wrong";
    EXPECT_EQ(to_string(result.error().reason), to_string(GetParam().reason));
    EXPECT_THAT(result.error().detail, testing::HasSubstr(std::string(GetParam().phrase)));
  }

  TempDir dir_;
  UniqueFd fd_ = create_file(dir_ / "segment");
};

/// Everything that a reader tells.
struct Told {
  explicit Told(const SegmentReader& reader)
      : uuid(reader.claims().uuid),
        service(reader.claims().service),
        families(reader.families()),
        cells(reader.cells().begin(), reader.cells().end()),
        losses(reader.losses()) {
    for (const SeriesDescriptor& s : reader.series()) {
      series.push_back({s.family, s.first_cell, s.cell_count, s.overflow, s.labels});
    }
  }
  friend bool operator==(const Told&, const Told&) = default;

  std::array<std::uint8_t, 16> uuid;
  std::string service;
  std::vector<FamilyDescriptor> families;
  std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, bool, Labels>> series;
  std::vector<std::uint64_t> cells;
  std::array<std::uint64_t, layout::kLossCount> losses;
};

class ANewReader : public CorruptionTest {};
TEST_P(ANewReader, RefusesItForItsReason) {
  corrupt(right_image());
  expect_refusal(read_segment(fd_));
}

class AKnownReader : public CorruptionTest {};
TEST_P(AKnownReader, RefusesItAndKeepsWhatItHad) {
  Image image = right_image();
  image.write_to(fd_);
  auto reader = read_segment(fd_);
  ASSERT_TRUE(reader.ok()) << reader.error().detail;
  const Told before(reader.value());
  corrupt(image);
  for (int again = 0; again < 2; ++again) {
    expect_refusal(reader.value().read(fd_));
    EXPECT_TRUE(Told(reader.value()) == before);
  }
  // The segment as it would have gone on: nothing of what was refused is left.
  ASSERT_EQ(ftruncate(fd_.get(), 0), 0);
  image.append(counter_family("late_total"));
  image.append(new_series(3, kLevelCell + 1, 1));
  image.cell(1, kLevelCell + 1) = 77;
  image.cell(0, kHitsCell) = 11;
  image.write_to(fd_);
  const auto read = reader.value().read(fd_);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(reader.value().families().size(), 4U);
  EXPECT_EQ(reader.value().series().size(), 4U);
  EXPECT_EQ(reader.value().cells()[kHitsCell], 31U);
  EXPECT_EQ(reader.value().cells()[kLevelCell + 1], 77U);
}

std::vector<Corruption> not_seen_by(Corruption::Seen other) {
  std::vector<Corruption> rows = all_corruptions();
  std::erase_if(rows, [other](const Corruption& row) { return row.seen == other; });
  return rows;
}

std::string name_of(const testing::TestParamInfo<Corruption>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Corruption, ANewReader,
                         testing::ValuesIn(not_seen_by(Corruption::Seen::by_a_known_reader)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Corruption, AKnownReader,
                         testing::ValuesIn(not_seen_by(Corruption::Seen::by_a_new_reader)),
                         name_of);

TEST(CorruptionTable, HasARowForEachInvariantAndEveryReasonThatBytesCanHave) {
  std::set<Refusal> reasons;
  std::set<std::string> names;
  for (const Corruption& row : all_corruptions()) {
    reasons.insert(row.reason);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
  EXPECT_GE(names.size(), 60U);
  for (int reason = 0; reason <= static_cast<int>(Refusal::decreased); ++reason) {
    // io is what the agent's own process lacks: no bytes bring it about.
    EXPECT_EQ(reasons.contains(static_cast<Refusal>(reason)),
              static_cast<Refusal>(reason) != Refusal::io)
        << to_string(static_cast<Refusal>(reason));
  }
}

}  // namespace
}  // namespace shmx::test
