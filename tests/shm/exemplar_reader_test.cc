// What a reader takes of the slots of exemplars, which are written by hand here: whole ones that
// make sense, and nothing of the others; and what a reader of layout 1.0 makes of their records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

#include "tests/shm/corruptions.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using layout::ExemplarSlot;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t kFreeCell = 7;      // of small_image()
constexpr std::uint32_t kSeriesBefore = 3;  // in small_image()

ExemplarReading reading_of(std::uint32_t series, std::uint32_t cell, const ExemplarSlot& slot) {
  ExemplarReading reading{series,
                          cell,
                          static_cast<std::int64_t>(slot.ticks),
                          static_cast<std::int64_t>(slot.unix_ns),
                          {}};
  std::memcpy(reading.span.trace_id.data(), slot.trace_id, sizeof slot.trace_id);
  std::memcpy(reading.span.span_id.data(), slot.span_id, sizeof slot.span_id);
  return reading;
}

class ExemplarReaderTest : public testing::Test {
 protected:
  /// Reads the image with a reader that keeps what it knows from one call to the next.
  std::vector<ExemplarReading> read() {
    image_.write_to(fd_);
    if (!reader_.has_value()) {
      auto opened = SegmentReader::open(fd_, layout::kMaxSegmentBytes);
      EXPECT_TRUE(opened.ok());
      reader_.emplace(std::move(opened).value());
    }
    const auto read = reader_->read(fd_);
    EXPECT_TRUE(read.ok()) << read.error().detail;
    return {reader_->exemplars().begin(), reader_->exemplars().end()};
  }

  TempDir dir_;
  UniqueFd fd_ = create_file(dir_ / "segment");
  Image image_ = right_image();
  std::optional<SegmentReader> reader_;
};

TEST_F(ExemplarReaderTest, TakesWhatIsInTheSlotsWithTheirSeries) {
  EXPECT_THAT(read(), IsEmpty());
  image_.append(new_series(0, kFreeCell, 1));
  const std::uint64_t of_counter = image_.append_exemplars(kSeriesBefore, 1);
  image_.append(new_series(1, kFreeCell + 1, 4));
  const std::uint64_t of_histogram = image_.append_exemplars(kSeriesBefore + 1, 3);
  EXPECT_THAT(read(), IsEmpty()) << "nothing was written into the slots yet";
  image_.write_slot(of_counter, full_slot(5));
  image_.write_slot(of_histogram, full_slot(500));
  image_.write_slot(of_histogram + 128, full_slot(7'000));
  EXPECT_THAT(read(), ElementsAre(reading_of(3, kFreeCell, full_slot(5)),
                                  reading_of(4, kFreeCell + 1, full_slot(500)),
                                  reading_of(4, kFreeCell + 1, full_slot(7'000))));
  ExemplarSlot later = full_slot(600);
  later.sequence = 4;
  image_.write_slot(of_histogram, later);
  EXPECT_THAT(read(), ElementsAre(reading_of(3, kFreeCell, full_slot(5)),
                                  reading_of(4, kFreeCell + 1, later),
                                  reading_of(4, kFreeCell + 1, full_slot(7'000))));
}

TEST_F(ExemplarReaderTest, FindsSlotsInEveryExtentOfTheDirectory) {
  // Three pages more, with the cells' between them, and slots over all of their borders.
  for (std::uint32_t page = 1; page < 4; ++page) {
    image_.append_extent(layout::ExtentKind::directory, 0, 0, page * layout::kWordsPerPage,
                         layout::kWordsPerPage);
    image_.append_extent(layout::ExtentKind::cells, page + 1, 1, 0, layout::kWordsPerPage);
  }
  image_.publish_extents(8);
  std::vector<double> bounds(150);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = static_cast<double>(i);
  }
  image_.append(histogram_family("wide_seconds", bounds));
  image_.append(new_series(3, kFreeCell, 152));
  const std::uint64_t first = image_.append_exemplars(kSeriesBefore, 151);
  for (std::uint64_t i = 0; i < 151; ++i) {
    image_.write_slot(first + i * sizeof(ExemplarSlot), full_slot(i));
  }
  const auto exemplars = read();
  ASSERT_EQ(exemplars.size(), 151U);
  for (std::uint64_t i = 0; i < 151; ++i) {
    EXPECT_EQ(exemplars[i], reading_of(3, kFreeCell, full_slot(i)));
  }
}

TEST_F(ExemplarReaderTest, KeepsTheLastOnesWhenTheSegmentIsRefused) {
  image_.append(new_series(0, kFreeCell, 1));
  const std::uint64_t slot = image_.append_exemplars(kSeriesBefore, 1);
  image_.write_slot(slot, full_slot(5));
  const auto before = read();
  ASSERT_EQ(before.size(), 1U);
  image_.write_slot(slot, full_slot(6));
  image_.cell(0, kHitsCell) = 1;  // It was 10.
  image_.write_to(fd_);
  ASSERT_FALSE(reader_->read(fd_).ok());
  EXPECT_THAT(reader_->exemplars(), ElementsAre(before[0]));
  ASSERT_EQ(ftruncate(fd_.get(), 4096), 0);
  ASSERT_FALSE(reader_->read(fd_).ok());
  EXPECT_THAT(reader_->exemplars(), ElementsAre(before[0]));
}

TEST_F(ExemplarReaderTest, SkipsThoseOfAKindThatItDoesNotKnow) {
  FamilyDescriptor unknown = counter_family("x_total");
  unknown.kind = static_cast<FamilyKind>(77);
  image_.append(unknown);
  image_.append(new_series(3, kFreeCell, 5));
  image_.write_slot(image_.append_exemplars(kSeriesBefore, 9), full_slot(5));
  image_.append(new_series(0, kFreeCell + 5, 1));
  image_.write_slot(image_.append_exemplars(kSeriesBefore + 1, 1), full_slot(6));
  EXPECT_THAT(read(), ElementsAre(reading_of(3, kFreeCell + 5, full_slot(6))));
}

struct SlotCase {
  const char* name;
  void (*spoil)(ExemplarSlot&);
  bool taken = false;
};
void PrintTo(const SlotCase& row, std::ostream* out) {
  *out << row.name;
}

class ExemplarSlotTest : public ExemplarReaderTest, public testing::WithParamInterface<SlotCase> {};

TEST_P(ExemplarSlotTest, IsTakenIfItIsWholeAndMakesSense) {
  image_.append(new_series(0, kFreeCell, 1));
  ExemplarSlot slot = full_slot(5);
  GetParam().spoil(slot);
  image_.write_slot(image_.append_exemplars(kSeriesBefore, 1), slot);
  EXPECT_EQ(read().size(), GetParam().taken ? 1U : 0U);
}

constexpr SlotCase kSlots[] = {
    {"right", [](ExemplarSlot&) {}, true},
    {"never_written", [](ExemplarSlot& s) { s.sequence = 0; }},
    {"being_written", [](ExemplarSlot& s) { s.sequence = 3; }},
    {"left_by_a_writer_that_died", [](ExemplarSlot& s) { s.sequence = UINT64_MAX; }},
    {"written_often", [](ExemplarSlot& s) { s.sequence = UINT64_MAX - 1; }, true},
    {"without_a_trace", [](ExemplarSlot& s) { std::memset(s.trace_id, 0, sizeof s.trace_id); }},
    {"without_a_span", [](ExemplarSlot& s) { std::memset(s.span_id, 0, sizeof s.span_id); }},
    {"of_the_largest_value", [](ExemplarSlot& s) { s.ticks = layout::kCellMax; }, true},
    {"of_a_negative_value", [](ExemplarSlot& s) { s.ticks = UINT64_MAX; }},
    {"in_2262", [](ExemplarSlot& s) { s.unix_ns = layout::kCellMax; }, true},
    {"after_2262", [](ExemplarSlot& s) { s.unix_ns = layout::kCellMax + 1; }},
    {"with_reserved_words", [](ExemplarSlot& s) { s.reserved[0] = s.reserved[1] = 7; }, true},
};
INSTANTIATE_TEST_SUITE_P(Slot, ExemplarSlotTest, testing::ValuesIn(kSlots),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(ExemplarReaderTest, TakesNegativeValuesWhereTheFamilyAdmitsThem) {
  FamilyDescriptor drift = histogram_family("drift_seconds", {0});
  drift.admits_negative = true;
  image_.append(drift);
  image_.append(new_series(3, kFreeCell, 3));
  image_.write_slot(image_.append_exemplars(kSeriesBefore, 2), full_slot(-std::uint64_t{5}));
  const auto exemplars = read();
  ASSERT_EQ(exemplars.size(), 1U);
  EXPECT_EQ(exemplars[0].ticks, -5);
}

// As layout 1.0 has it: a record of another type than 1 and 2 is skipped by its length.
std::vector<SeriesDescriptor> series_of_a_1_0_reader(Image& image) {
  std::vector<SeriesDescriptor> all;
  for (std::uint64_t at = 0; at < image.header().directory_used;) {
    layout::RecordHeader header;
    std::memcpy(&header, &image.directory(at), sizeof header);
    EXPECT_EQ(header.bytes % 8, 0U);
    EXPECT_LE(header.bytes, layout::kMaxRecordBytes);
    if (header.type == 2) {
      EXPECT_TRUE(decode({&image.directory(at), header.bytes}, all.emplace_back()).none());
    }
    at += header.bytes;
  }
  return all;
}

TEST_F(ExemplarReaderTest, AReaderOfLayout10SeesTheSameSeries) {
  image_.append(new_series(0, kFreeCell, 1));
  image_.write_slot(image_.append_exemplars(kSeriesBefore, 1), full_slot(5));
  image_.append(new_series(1, kFreeCell + 1, 4));
  image_.write_slot(image_.append_exemplars(kSeriesBefore + 1, 3), full_slot(6));
  EXPECT_EQ(read().size(), 2U);
  const auto series = series_of_a_1_0_reader(image_);
  ASSERT_EQ(series.size(), reader_->series().size());
  for (std::size_t i = 0; i < series.size(); ++i) {
    EXPECT_EQ(series[i].family, reader_->series()[i].family);
    EXPECT_EQ(series[i].first_cell, reader_->series()[i].first_cell);
    EXPECT_EQ(series[i].labels, reader_->series()[i].labels);
  }
}

}  // namespace
}  // namespace shmx::test
