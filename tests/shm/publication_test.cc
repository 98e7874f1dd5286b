// The order in which a segment comes to be, one store after the other: written by hand, without
// threads, and read in between as if the writer had been stopped or killed there. What the real
// writer stores, and that its stores are in this order, is writer_steps_test.cc's.
#include <gtest/gtest.h>

#include <cstring>
#include <utility>

#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using layout::ExtentKind;

class PublicationTest : public testing::Test {
 protected:
  // What a reader says that opens the segment as it is now.
  Result<SegmentReader, ReadError> read(const Image& image) {
    image.write_to(fd_);
    return read_segment(fd_);
  }

  TempDir dir_;
  UniqueFd fd_ = create_file(dir_ / "segment");
};

TEST_F(PublicationTest, ANewbornOfZerosIsNotASegment) {
  Image image;
  image.bytes().assign(layout::kHeaderBytes, std::byte{0});
  const auto segment = read(image);
  ASSERT_FALSE(segment.ok());
  EXPECT_EQ(segment.error().reason, Refusal::not_a_segment);
}

TEST_F(PublicationTest, AHeaderAloneIsAnEmptySegment) {
  Image image("fresh");
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().claims().service, "fresh");
  EXPECT_TRUE(segment.value().families().empty());
  EXPECT_TRUE(segment.value().series().empty());
}

TEST_F(PublicationTest, AnExtentCountsOnlyOnceItsCountIsReleased) {
  Image image;
  ASSERT_TRUE(read(image).ok());
  // The file has grown, nothing says so yet.
  image.append_extent(ExtentKind::directory, 0, 0, 0, layout::kWordsPerPage);
  ASSERT_TRUE(read(image).ok());
  image.append_extent(ExtentKind::cells, 0, 1, 0, layout::kWordsPerPage);
  const layout::Extent good = image.header().extents[1];
  // The entry is being written: every byte of it may be anything.
  std::memset(static_cast<void*>(&image.header().extents[1]), 0xff, sizeof good);
  ASSERT_TRUE(read(image).ok());
  image.publish_extents(1);
  ASSERT_TRUE(read(image).ok());
  image.header().extents[1] = good;
  ASSERT_TRUE(read(image).ok());
  image.publish_extents(2);
  ASSERT_TRUE(read(image).ok());
}

TEST_F(PublicationTest, ARecordIsInvisibleByteByByteUntilDirectoryUsedIsReleasedOverIt) {
  Image image = small_image();
  const std::uint64_t used = image.header().directory_used;
  auto kept = read(image);
  ASSERT_TRUE(kept.ok()) << kept.error().detail;
  const std::vector<std::byte> family = encode(counter_family("late_total"));
  for (std::size_t i = 0; i < family.size(); ++i) {
    image.directory(used + i) = family[i];
    const auto segment = read(image);
    ASSERT_TRUE(segment.ok()) << segment.error().detail;
    ASSERT_EQ(segment.value().families().size(), 3U) << "after byte " << i;
    ASSERT_TRUE(kept.value().read(fd_).ok());
    ASSERT_EQ(kept.value().families().size(), 3U) << "after byte " << i;
  }
  image.header().directory_used = used + family.size();
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  ASSERT_EQ(segment.value().families().size(), 4U);
  EXPECT_EQ(segment.value().families()[3].name, "late_total");
  ASSERT_TRUE(kept.value().read(fd_).ok());
  ASSERT_EQ(kept.value().families().size(), 4U);
}

TEST_F(PublicationTest, SeveralRecordsUnderOneReleaseAppearTogether) {
  Image image = small_image();
  const std::uint64_t used = image.header().directory_used;
  const std::vector<std::byte> family = encode(counter_family("late_total"));
  const std::vector<std::byte> series = encode(SeriesDescriptor{3, 7, 1, false, {{"a", "b"}}});
  image.write_record(used, family);
  image.write_record(used + family.size(), series);
  ASSERT_EQ(read(image).value().series().size(), 3U);
  image.header().directory_used = used + family.size() + series.size();
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  ASSERT_EQ(segment.value().series().size(), 4U);
  EXPECT_EQ(segment.value().series()[3].family, 3U);
}

TEST_F(PublicationTest, ASeriesIsPublishedAfterTheExtentOfItsCells) {
  Image image = small_image();
  const SeriesDescriptor series{0, layout::kWordsPerPage, 1, false, {{"kind", "new"}}};
  // The wrong order: the reader refuses cells that are nowhere.
  Image wrong = image;
  wrong.append(series);
  const auto refused = read(wrong);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, Refusal::cells);
  // The right one, in which nothing in between is refused.
  image.append_extent(ExtentKind::cells, 0, 2, layout::kWordsPerPage, layout::kWordsPerPage);
  ASSERT_TRUE(read(image).ok());
  image.publish_extents(3);
  ASSERT_TRUE(read(image).ok());
  image.append(series);
  image.cell(1, layout::kWordsPerPage) = 5;
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().cells()[layout::kWordsPerPage], 5U);
}

TEST_F(PublicationTest, AShardCountsFromTheReleaseOfItsExtent) {
  Image image = small_image();
  image.cell(0, kHitsCell) = 1;
  auto kept = read(image);
  image.append_extent(ExtentKind::cells, 2, 1, 0, layout::kWordsPerPage);
  image.cell(2, kHitsCell) = 10;
  image.write_to(fd_);
  ASSERT_TRUE(kept.value().read(fd_).ok());
  EXPECT_EQ(kept.value().cells()[kHitsCell], 1U);
  image.publish_extents(3);
  image.write_to(fd_);
  const auto read = kept.value().read(fd_);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(kept.value().cells()[kHitsCell], 11U);
}

TEST_F(PublicationTest, AnObservationsSumIsThereBeforeItsCount) {
  Image image = small_image();
  auto kept = read(image);
  const auto count_and_sum = [&] {
    image.write_to(fd_);
    EXPECT_TRUE(kept.value().read(fd_).ok());
    std::uint64_t count = 0;
    for (std::uint32_t i = kWaitCell; i < kWaitSumCell; ++i) {
      count += kept.value().cells()[i];
    }
    return std::pair(count, kept.value().cells()[kWaitSumCell]);
  };
  EXPECT_EQ(count_and_sum(), std::pair(std::uint64_t{0}, std::uint64_t{0}));
  image.cell(1, kWaitSumCell) = 1500;  // The first store: the sum runs ahead ...
  EXPECT_EQ(count_and_sum(), std::pair(std::uint64_t{0}, std::uint64_t{1500}));
  image.cell(1, kWaitCell + 1) = 1;  // ... the second: the bucket follows, never the other way.
  EXPECT_EQ(count_and_sum(), std::pair(std::uint64_t{1}, std::uint64_t{1500}));
}

TEST_F(PublicationTest, ARecordThatWrapsIntoTheNextDirectoryExtentIsWhole) {
  Image image;
  image.append_extent(ExtentKind::directory, 0, 0, 0, layout::kWordsPerPage);
  image.append_extent(ExtentKind::cells, 0, 1, 0, layout::kWordsPerPage);
  image.append_extent(ExtentKind::directory, 0, 0, layout::kWordsPerPage, layout::kWordsPerPage);
  image.publish_extents(3);
  FamilyDescriptor long_help = counter_family("x_total");
  long_help.help = std::string(900, 'h');
  for (int i = 0; i < 6; ++i) {
    long_help.name = std::to_string(i).insert(0, 1, 'x') + "_total";
    image.append(long_help);
  }
  ASSERT_GT(image.header().directory_used, layout::kPageBytes);
  const auto segment = read(image);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  ASSERT_EQ(segment.value().families().size(), 6U);
  EXPECT_EQ(segment.value().families()[4].help, long_help.help);
  EXPECT_EQ(segment.value().families()[5].name, "x5_total");
}

}  // namespace
}  // namespace shmx::test
