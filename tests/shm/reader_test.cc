// What a reader says of a right segment, of files that are no segment at all, and of what falls.
// Bytes that are wrong are corruption_test.cc's, files that change while they are read
// truncation_test.cc's.
#include "shm/reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <set>

#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using layout::ExtentKind;
using layout::kWordsPerPage;

SeriesDescriptor series_at(std::uint32_t family, std::uint32_t cell, std::uint32_t count,
                           Labels labels = {{"new", "1"}}) {
  return SeriesDescriptor{family, cell, count, false, std::move(labels)};
}

class ReaderTest : public testing::Test {
 protected:
  Result<SegmentReader, ReadError> read(const Image& image) {
    image.write_to(fd_);
    return read_segment(fd_);
  }

  TempDir dir_;
  UniqueFd fd_ = create_file(dir_ / "segment");
};

TEST_F(ReaderTest, AFileShorterThanAHeaderIsTruncated) {
  for (const int size : {0, 1, 7, 8, 4095}) {
    ASSERT_EQ(ftruncate(fd_.get(), 0), 0);
    ASSERT_EQ(pwrite(fd_.get(), small_image().bytes().data(), size, 0), size);
    const auto segment = read_segment(fd_);
    ASSERT_FALSE(segment.ok());
    EXPECT_EQ(segment.error().reason, Refusal::truncated) << size;
  }
}

TEST_F(ReaderTest, AFileCutAnywhereIsTruncated) {
  const Image image = small_image();
  const auto size = static_cast<std::int64_t>(Image(image).bytes().size());
  for (std::int64_t cut = layout::kHeaderBytes; cut < size; cut += 1024) {
    image.write_to(fd_);
    ASSERT_EQ(ftruncate(fd_.get(), cut), 0);
    const auto segment = read_segment(fd_);
    ASSERT_FALSE(segment.ok());
    EXPECT_EQ(segment.error().reason, Refusal::truncated) << cut;
  }
}

TEST_F(ReaderTest, AFileWithAHoleIsSparseHoweverSmallTheHole) {
  const Image image = small_image();
  image.write_to(fd_);
  ASSERT_EQ(fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 12288, 4096), 0);
  auto segment = read_segment(fd_);
  ASSERT_FALSE(segment.ok());
  EXPECT_EQ(segment.error().reason, Refusal::sparse);
  ASSERT_EQ(ftruncate(fd_.get(), 64 << 20), 0);
  segment = read_segment(fd_);
  ASSERT_FALSE(segment.ok());
  EXPECT_EQ(segment.error().reason, Refusal::sparse);
}

TEST_F(ReaderTest, AFileBeyondTheGivenLimitIsTooLarge) {
  small_image().write_to(fd_);
  const auto segment = SegmentReader::open(fd_, 8192);
  ASSERT_FALSE(segment.ok());
  EXPECT_EQ(segment.error().reason, Refusal::too_large);
}

TEST_F(ReaderTest, ExtentsThatClaimMoreThanTheLimitAreTooLarge) {
  Image image = small_image();
  image.append_extent(ExtentKind::cells, 2, 1, 0, kWordsPerPage);
  image.publish_extents(3);
  image.bytes().resize(image.bytes().size() - layout::kPageBytes);
  image.write_to(fd_);
  auto segment = SegmentReader::open(fd_, image.bytes().size());
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  const auto read = segment.value().read(fd_);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().reason, Refusal::too_large);
}

TEST_F(ReaderTest, WhatALaterMinorAddsIsSkipped) {
  Image image = small_image();
  image.header().minor = 9;
  image.header().reserved2[7] = 1;
  FamilyDescriptor unknown_kind = counter_family("later");
  unknown_kind.kind = static_cast<FamilyKind>(9);
  std::vector<std::byte> unknown_type = encode(counter_family("later_total"));
  unknown_type[4] = std::byte{77};
  image.append(unknown_type);
  image.append(unknown_kind);        // family 3
  image.append(series_at(3, 7, 5));  // its series, of a size that nobody can check
  image.append(counter_family("known_total"));
  image.append(series_at(4, 12, 1));
  image.cell(0, 7) = UINT64_MAX;  // in cells whose meaning is not known
  image.cell(0, 12) = 3;
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().claims().minor, 9);
  ASSERT_EQ(segment.value().families().size(), 5U);
  EXPECT_FALSE(is_known(segment.value().families()[3].kind));
  EXPECT_EQ(segment.value().families()[4].name, "known_total");
  ASSERT_EQ(segment.value().series().size(), 4U);
  EXPECT_EQ(segment.value().series()[3].family, 4U);
  EXPECT_EQ(segment.value().cells()[12], 3U);
}

TEST_F(ReaderTest, ARecordThatIsLongerThanItsPartsIsReadForTheseParts) {
  Image image = small_image();
  std::vector<std::byte> record = encode(counter_family("longer_total"));
  record.resize(record.size() + 16, std::byte{0xee});
  const auto bytes = static_cast<std::uint32_t>(record.size());
  std::memcpy(record.data(), &bytes, sizeof bytes);
  image.append(record);
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().families()[3].name, "longer_total");
}

TEST_F(ReaderTest, CellsAreSummedOverTheShards) {
  Image image = small_image();
  image.cell(0, kHitsCell) = 40;
  image.cell(1, kHitsCell) = 2;
  image.cell(0, kLevelCell) = gauge_to_cell(-2.5);
  image.header().losses[1] = 7;
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().cells()[kHitsCell], 42U);
  EXPECT_EQ(gauge_from_cell(segment.value().cells()[kLevelCell]), -2.5);
  EXPECT_EQ(segment.value().losses()[1], 7U);
}

TEST_F(ReaderTest, ASumOfShardsBeyondTheRangeStaysAtItsEndAndDoesNotFall) {
  Image image = small_image();
  image.cell(0, kHitsCell) = layout::kCellMax;
  auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().cells()[kHitsCell], layout::kCellMax);
  image.cell(1, kHitsCell) = layout::kCellMax;
  image.write_to(fd_);
  ASSERT_TRUE(segment.value().read(fd_).ok());
  EXPECT_EQ(segment.value().cells()[kHitsCell], layout::kCellMax);
}

TEST_F(ReaderTest, ShardsThatAreReleasedIntoAFileThatHadGrownBeforeAreCounted) {
  // As when a writer is met between extending its file and releasing the extent.
  Image image = small_image();
  const std::uint32_t extent = image.append_extent(ExtentKind::cells, 2, 1, 0, kWordsPerPage);
  image.cell(0, kHitsCell) = 1;
  image.cell(2, kHitsCell) = 10;
  auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().cells()[kHitsCell], 1U);
  image.publish_extents(extent + 1);
  image.write_to(fd_);
  ASSERT_TRUE(segment.value().read(fd_).ok());
  EXPECT_EQ(segment.value().cells()[kHitsCell], 11U);
}

TEST_F(ReaderTest, ANamesakeWithOtherBoundsIsAFamilyOfItsOwn) {
  Image image = small_image();
  image.append(histogram_family("wait_seconds", {1}));
  image.append(histogram_family("wait_seconds", {1, 2, 3}));
  image.append(series_at(3, 7, 3, {}));
  image.append(series_at(4, 10, 5, {}));
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().families().size(), 5U);
  EXPECT_EQ(segment.value().series().size(), 5U);
}

TEST_F(ReaderTest, ADescriptorThatIsClosedIsTheAgentsOwnFailureAndSaysSo) {
  const UniqueFd none;
  const auto segment = SegmentReader::open(none, layout::kMaxSegmentBytes);
  ASSERT_FALSE(segment.ok());
  EXPECT_EQ(segment.error().reason, Refusal::io);
  EXPECT_NE(segment.error().detail.find("(errno 9)"), std::string::npos) << segment.error().detail;
}

TEST_F(ReaderTest, NegativeSumsAndInFlightGaugesAreTwosComplement) {
  Image image = small_image();
  FamilyDescriptor signed_histogram = histogram_family("drift_seconds", {0});
  signed_histogram.admits_negative = true;
  image.append(signed_histogram);
  image.append(gauge_family("busy", GaugeMode::in_flight));
  image.append(series_at(3, 7, 3));
  image.append(series_at(4, 10, 1));
  image.cell(0, 9) = static_cast<std::uint64_t>(-500);
  image.cell(1, 9) = 200;
  image.cell(0, 10) = 3;
  image.cell(1, 10) = static_cast<std::uint64_t>(-1);
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(std::bit_cast<std::int64_t>(segment.value().cells()[9]), -300);
  EXPECT_EQ(std::bit_cast<std::int64_t>(segment.value().cells()[10]), 2);
}

TEST_F(ReaderTest, WhatFellIsRefusedAndTheLastGoodValuesStay) {
  Image image = small_image();
  image.cell(0, kHitsCell) = 10;
  auto segment = read(image);
  ASSERT_TRUE(segment.ok());
  image.cell(0, kHitsCell) = 9;
  image.write_to(fd_);
  auto again = segment.value().read(fd_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, Refusal::decreased);
  EXPECT_EQ(segment.value().cells()[kHitsCell], 10U);
  // A fall in one shard that another makes up for is none: a thread's counts only add up.
  image.cell(1, kHitsCell) = 1;
  image.write_to(fd_);
  EXPECT_TRUE(segment.value().read(fd_).ok());
}

TEST_F(ReaderTest, AGaugeMayFall) {
  Image image = small_image();
  image.cell(0, kLevelCell) = gauge_to_cell(5);
  auto segment = read(image);
  image.cell(0, kLevelCell) = gauge_to_cell(-1e300);
  image.write_to(fd_);
  ASSERT_TRUE(segment.value().read(fd_).ok());
  EXPECT_EQ(gauge_from_cell(segment.value().cells()[kLevelCell]), -1e300);
}

TEST_F(ReaderTest, WhatWasPublishedCannotBeTakenBack) {
  Image image = small_image();
  auto segment = read(image);
  ASSERT_TRUE(segment.ok());
  const std::uint64_t used = image.header().directory_used;
  image.header().directory_used = used - 8;
  image.write_to(fd_);
  auto again = segment.value().read(fd_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, Refusal::record);
  image.header().directory_used = used;
  image.publish_extents(1);
  image.write_to(fd_);
  again = segment.value().read(fd_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, Refusal::extents);
}

TEST_F(ReaderTest, EveryReasonHasALabelOfItsOwn) {
  std::set<std::string_view> labels;
  for (int i = 0; i <= static_cast<int>(Refusal::decreased); ++i) {
    labels.insert(to_string(static_cast<Refusal>(i)));
  }
  EXPECT_EQ(labels.size(), static_cast<std::size_t>(Refusal::decreased) + 1);
}

}  // namespace
}  // namespace shmx::test
