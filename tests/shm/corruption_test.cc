// What a reader makes of bytes that are wrong: one corruption per invariant, each with its reason.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using layout::ExtentKind;
using layout::kWordsPerPage;

struct Corruption {
  const char* name;
  Refusal reason;
  std::function<void(Image&)> apply;
};

void PrintTo(const Corruption& corruption, std::ostream* out) {
  *out << corruption.name;
}

layout::Extent& extent(Image& image, std::size_t number) {
  return image.header().extents[number];
}

// Puts `value` at `offset` of the directory, where the records of small_image() begin.
template <typename T>
void put(Image& image, std::uint64_t offset, T value) {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  image.write_record(offset, bytes);
}

// Appends a record whose bytes are changed first.
template <typename Descriptor>
void append_changed(Image& image, const Descriptor& good, std::size_t at, std::byte value) {
  std::vector<std::byte> record = encode(good);
  record[at] = value;
  image.append(record);
}

FamilyDescriptor with_bounds(std::vector<double> bounds) {
  return histogram_family("bad_seconds", std::move(bounds));
}

FamilyDescriptor named(std::string name) {
  return counter_family(std::move(name));
}

SeriesDescriptor series_at(std::uint32_t family, std::uint32_t cell, std::uint32_t count,
                           Labels labels = {{"new", "1"}}) {
  return SeriesDescriptor{family, cell, count, false, std::move(labels)};
}

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kTwoTo63 = std::uint64_t{1} << 63;
const std::vector<Corruption> kHeaderCorruptions = {
    {"no_magic", Refusal::not_a_segment, [](Image& i) { i.header().magic[3] = 'Y'; }},
    {"next_major", Refusal::version, [](Image& i) { i.header().major = layout::kMajor + 1; }},
    {"major_zero", Refusal::version, [](Image& i) { i.header().major = 0; }},
    {"header_of_another_size", Refusal::header, [](Image& i) { i.header().header_bytes = 8192; }},
    {"service_too_long", Refusal::header, [](Image& i) { i.header().service_bytes = 257; }},
    {"service_empty", Refusal::header, [](Image& i) { i.header().service_bytes = 0; }},
    {"service_length_huge", Refusal::header,
     [](Image& i) { i.header().service_bytes = UINT32_MAX; }},
    {"service_not_utf8", Refusal::name, [](Image& i) { i.header().service[2] = '\xff'; }},
};

const std::vector<Corruption> kExtentCorruptions = {
    {"too_many_extents", Refusal::extents,
     [](Image& i) { i.publish_extents(layout::kMaxExtents + 1); }},
    {"extent_count_huge", Refusal::extents, [](Image& i) { i.publish_extents(UINT64_MAX); }},
    {"extent_unused_kind", Refusal::extents, [](Image& i) { i.publish_extents(3); }},
    {"extent_unknown_kind", Refusal::extents,
     [](Image& i) { extent(i, 1).kind = static_cast<ExtentKind>(7); }},
    {"extent_over_the_header", Refusal::extents, [](Image& i) { extent(i, 0).file_offset = 0; }},
    {"extent_unaligned", Refusal::extents, [](Image& i) { extent(i, 0).file_offset += 8; }},
    {"extents_with_a_gap", Refusal::extents,
     [](Image& i) { extent(i, 1).file_offset += layout::kPageBytes; }},
    {"extents_overlap", Refusal::extents,
     [](Image& i) { extent(i, 1).file_offset -= layout::kPageBytes; }},
    {"extent_offset_wraps", Refusal::extents,
     [](Image& i) { extent(i, 1).file_offset = UINT64_MAX - 4095; }},
    {"extent_empty", Refusal::extents, [](Image& i) { extent(i, 1).word_count = 0; }},
    {"extent_not_whole_pages", Refusal::extents, [](Image& i) { extent(i, 1).word_count -= 1; }},
    {"directory_with_a_gap", Refusal::extents, [](Image& i) { extent(i, 0).first_word = 512; }},
    {"directory_with_shards", Refusal::extents, [](Image& i) { extent(i, 0).shard_count = 1; }},
    {"directory_beyond_its_limit", Refusal::extents,
     [](Image& i) { extent(i, 0).word_count = layout::kMaxDirectoryBytes / 8 + kWordsPerPage; }},
    {"cells_without_shards", Refusal::extents, [](Image& i) { extent(i, 1).shard_count = 0; }},
    {"cells_of_too_many_shards", Refusal::extents, [](Image& i) { extent(i, 1).shard_count = 65; }},
    {"cells_of_a_shard_that_is_missing", Refusal::extents,
     [](Image& i) { extent(i, 1).first_shard = 1; }},
    {"first_shard_wraps", Refusal::extents,
     [](Image& i) { extent(i, 1).first_shard = UINT32_MAX; }},
    {"cells_with_a_gap", Refusal::extents,
     [](Image& i) { extent(i, 1).first_word = kWordsPerPage; }},
    {"cells_beyond_their_limit", Refusal::extents,
     [](Image& i) { extent(i, 1).word_count = layout::kMaxCells + kWordsPerPage; }},
    {"cells_twice", Refusal::extents,
     [](Image& i) {
       i.append_extent(ExtentKind::cells, 0, 2, 0, kWordsPerPage);
       i.publish_extents(3);
     }},
    {"cells_of_one_shard_only", Refusal::extents,
     [](Image& i) {
       i.append_extent(ExtentKind::cells, 0, 1, kWordsPerPage, kWordsPerPage);
       i.publish_extents(3);
     }},
    {"a_short_shard", Refusal::extents,
     [](Image& i) {
       i.append_extent(ExtentKind::cells, 0, 2, kWordsPerPage, kWordsPerPage);
       i.append_extent(ExtentKind::cells, 2, 1, 0, kWordsPerPage);
       i.publish_extents(4);
     }},
    {"extents_beyond_the_file", Refusal::truncated,
     [](Image& i) { i.bytes().resize(i.bytes().size() - layout::kPageBytes); }},
    {"extents_far_beyond_the_file", Refusal::truncated,
     [](Image& i) {
       i = Image();
       i.append_extent(ExtentKind::directory, 0, 0, 0, kWordsPerPage);
       i.publish_extents(3);
       extent(i, 1) = {8192, ExtentKind::cells, 0, 64, 0, layout::kMaxCells, 0};
       extent(i, 2) = {8192 + std::uint64_t{64} * layout::kMaxCells * 8,
                       ExtentKind::directory,
                       0,
                       0,
                       kWordsPerPage,
                       layout::kMaxDirectoryBytes / 8 - kWordsPerPage,
                       0};
       i.bytes().resize(3 * layout::kPageBytes);
     }},
};

const std::vector<Corruption> kRecordCorruptions = {
    {"directory_used_beyond_its_extents", Refusal::record,
     [](Image& i) { i.header().directory_used = layout::kPageBytes + 8; }},
    {"directory_used_not_a_multiple", Refusal::record,
     [](Image& i) { i.header().directory_used = 12; }},
    {"directory_used_huge", Refusal::record,
     [](Image& i) { i.header().directory_used = UINT64_MAX - 7; }},
    {"released_before_it_was_written", Refusal::record,
     [](Image& i) { i.header().directory_used = i.header().directory_used + 64; }},
    {"record_of_no_bytes", Refusal::record, [](Image& i) { put<std::uint32_t>(i, 0, 0); }},
    {"record_shorter_than_its_header", Refusal::record,
     [](Image& i) { put<std::uint32_t>(i, 0, 4); }},
    {"record_not_a_multiple", Refusal::record, [](Image& i) { put<std::uint32_t>(i, 0, 33); }},
    {"record_beyond_directory_used", Refusal::record,
     [](Image& i) { put<std::uint32_t>(i, 0, 4096); }},
    {"record_huge", Refusal::record, [](Image& i) { put<std::uint32_t>(i, 0, 0xfffffff8); }},
    {"record_shorter_than_its_parts", Refusal::record,
     [](Image& i) { append_changed(i, counter_family("x_total"), 26, std::byte{0xff}); }},
    {"unknown_gauge_mode", Refusal::record,
     [](Image& i) { append_changed(i, gauge_family("g", GaugeMode::sum), 10, std::byte{9}); }},
    {"resolution_of_zero", Refusal::record,
     [](Image& i) { append_changed(i, counter_family("x_total"), 16, std::byte{0}); }},
    {"series_before_its_family", Refusal::record, [](Image& i) { i.append(series_at(3, 7, 1)); }},
    {"too_many_bounds", Refusal::bounds,
     [](Image& i) {
       append_changed(i, with_bounds({1, 2}), 13, std::byte{0x02});
     }},
    {"bounds_descending", Refusal::bounds,
     [](Image& i) {
       i.append(with_bounds({2, 1}));
     }},
    {"bounds_equal", Refusal::bounds,
     [](Image& i) {
       i.append(with_bounds({1, 1}));
     }},
    {"bounds_nan", Refusal::bounds, [](Image& i) { i.append(with_bounds({std::nan("")})); }},
    {"bounds_infinite", Refusal::bounds,
     [](Image& i) {
       i.append(with_bounds({1, kInf}));
     }},
    {"family_name_empty", Refusal::name, [](Image& i) { i.append(named("")); }},
    {"family_name_bad", Refusal::name, [](Image& i) { i.append(named("a b")); }},
    {"family_name_with_newline", Refusal::name, [](Image& i) { i.append(named("a\n")); }},
    {"family_name_too_long", Refusal::name,
     [](Image& i) { i.append(named(std::string(257, 'a'))); }},
    {"help_not_utf8", Refusal::name,
     [](Image& i) { append_changed(i, counter_family("x_total"), 40, std::byte{0xff}); }},
    {"label_name_bad", Refusal::name,
     [](Image& i) {
       i.append(series_at(0, 7, 1, {{"a-", ""}}));
     }},
    {"label_value_not_utf8", Refusal::name,
     [](Image& i) {
       i.append(series_at(0, 7, 1, {{"a", "\xc3"}}));
     }},
    {"labels_twice", Refusal::name,
     [](Image& i) {
       i.append(series_at(0, 7, 1, {{"a", "1"}, {"a", "2"}}));
     }},
};

const std::vector<Corruption> kCellCorruptions = {
    {"cell_zero", Refusal::cells, [](Image& i) { i.append(series_at(0, 0, 1)); }},
    {"cells_shared", Refusal::cells, [](Image& i) { i.append(series_at(0, kLevelCell, 1)); }},
    {"cells_of_an_earlier_series", Refusal::cells, [](Image& i) { i.append(series_at(0, 1, 1)); }},
    {"cells_beyond_the_extents", Refusal::cells,
     [](Image& i) { i.append(series_at(0, kWordsPerPage, 1)); }},
    {"cells_across_the_end", Refusal::cells,
     [](Image& i) { i.append(series_at(1, kWordsPerPage - 3, 4)); }},
    {"cells_that_wrap", Refusal::cells, [](Image& i) { i.append(series_at(0, 7, UINT32_MAX)); }},
    {"no_cells", Refusal::cells, [](Image& i) { i.append(series_at(0, 7, 0)); }},
    {"more_cells_than_the_kind_has", Refusal::cells,
     [](Image& i) { i.append(series_at(0, 7, 2)); }},
    {"counter_at_2_to_63", Refusal::value, [](Image& i) { i.cell(1, kHitsCell) = kTwoTo63; }},
    {"bucket_at_2_to_63", Refusal::value, [](Image& i) { i.cell(0, kWaitCell) = UINT64_MAX; }},
    {"sum_at_2_to_63", Refusal::value, [](Image& i) { i.cell(1, kWaitSumCell) = kTwoTo63; }},
    {"shards_that_wrap_to_little", Refusal::value,
     [](Image& i) {
       i.cell(0, kHitsCell) = UINT64_MAX;
       i.cell(1, kHitsCell) = 2;
     }},
};

class CorruptionTest : public testing::TestWithParam<Corruption> {};

TEST_P(CorruptionTest, IsRefusedForItsReason) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "segment");
  Image image = small_image();
  GetParam().apply(image);
  image.write_to(fd);
  const auto segment = read_segment(fd);
  ASSERT_FALSE(segment.ok());
  EXPECT_EQ(to_string(segment.error().reason), to_string(GetParam().reason))
      << segment.error().detail;
  EXPECT_NE(segment.error().detail, "");
}

std::string name_of(const testing::TestParamInfo<Corruption>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Header, CorruptionTest, testing::ValuesIn(kHeaderCorruptions), name_of);
INSTANTIATE_TEST_SUITE_P(Extent, CorruptionTest, testing::ValuesIn(kExtentCorruptions), name_of);
INSTANTIATE_TEST_SUITE_P(Record, CorruptionTest, testing::ValuesIn(kRecordCorruptions), name_of);
INSTANTIATE_TEST_SUITE_P(Cell, CorruptionTest, testing::ValuesIn(kCellCorruptions), name_of);

}  // namespace
}  // namespace shmx::test
