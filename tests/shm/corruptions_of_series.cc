// What may be wrong with series and their cells; see corruptions.h.
#include <cstring>

#include "tests/shm/corruptions.h"

namespace shmx::test {
namespace {

using enum Corruption::Seen;
using layout::kWordsPerPage;

constexpr std::uint32_t kFreeCell = 7;  // of small_image()

SeriesDescriptor with_labels(Labels labels) {
  return new_series(0, kFreeCell, 1, std::move(labels));
}

Labels many_labels(std::size_t count, std::size_t value_bytes) {
  Labels labels;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name{static_cast<char>('a' + i / 26), static_cast<char>('a' + i % 26)};
    labels.push_back({name, std::string(value_bytes, 'v')});
  }
  return labels;
}

const FamilyDescriptor kCounter = counter_family("x_total");

constexpr std::uint64_t kTwoTo63 = std::uint64_t{1} << 63;

constexpr std::string_view kLabelName = "expected a label name";
constexpr std::string_view kLabelValue = "expected a value of at most 512 bytes of UTF-8 for label";
constexpr std::string_view kLabelOrder = "expected each label name once, in ascending order";
constexpr std::string_view kSeriesOnce = "expected each series of a family once";
constexpr std::string_view kCells = "expected cells from 7 to below 512";
constexpr std::string_view kBelow = "expected counters, buckets and sums below 2^63";
constexpr std::string_view kFell = "expected no counter, bucket or sum below its last value";

constexpr std::size_t kLabelCountAt = offsetof(layout::SeriesRecord, label_count);

}  // namespace

std::vector<Corruption> series_corruptions() {
  using enum Refusal;
  return {
      {"series_of_a_family_that_comes_later", record, "expected a series of a family before it",
       [](Image& i) { i.append(new_series(3, kFreeCell, 1)); }, by_both},
      {"series_of_a_family_far_away", record, "expected a series of a family before it",
       [](Image& i) { i.append(new_series(UINT32_MAX, kFreeCell, 1)); }, by_both},
      {"too_many_series", record, "expected at most 10000 series",
       [](Image& i) {
         i = large_image(100, 20);
         i.append(kCounter);
         for (std::uint32_t n = 0; n <= kMaxSeries; ++n) {
           i.append(new_series(0, n + 1, 1, {{"n", std::to_string(n)}}));
         }
       }},
      {"series_twice", record, kSeriesOnce,
       [](Image& i) {
         i.append(with_labels({{"kind", "retail"}}));
       },
       by_both},
      {"series_without_labels_twice", record, kSeriesOnce,
       [](Image& i) { i.append(new_series(1, kFreeCell, 4, {})); }, by_both},
      {"two_overflow_series_of_a_family", record, kSeriesOnce,
       [](Image& i) {
         for (std::uint32_t n = 0; n < 2; ++n) {
           SeriesDescriptor series = new_series(0, kFreeCell + n, 1, {{"n", std::to_string(n)}});
           series.overflow = true;
           i.append(series);
         }
       },
       by_both},
      {"too_many_labels", record, "expected at most 32 labels",
       [](Image& i) { i.append(with_labels(many_labels(33, 1))); }, by_both},
      {"label_count_huge", record, "expected at most 32 labels",
       [](Image& i) { append_changed(i, with_labels({}), kLabelCountAt, UINT32_MAX); }, by_both},
      {"labels_too_long_together", record, "expected at most 4096 bytes of label names and values",
       [](Image& i) {
         i.append_extent(layout::ExtentKind::directory, 0, 0, kWordsPerPage, kWordsPerPage);
         i.publish_extents(3);
         i.append(with_labels(many_labels(8, 511)));
       },
       by_both},
      {"label_name_empty", name, kLabelName,
       [](Image& i) {
         i.append(with_labels({{"", "1"}}));
       },
       by_both},
      {"label_name_with_a_colon", name, kLabelName,
       [](Image& i) {
         i.append(with_labels({{"a:b", "1"}}));
       },
       by_both},
      {"label_name_with_a_quote", name, kLabelName,
       [](Image& i) {
         i.append(with_labels({{"a=\"b\",c", "1"}}));
       },
       by_both},
      {"label_name_with_a_digit_first", name, kLabelName,
       [](Image& i) {
         i.append(with_labels({{"1a", "1"}}));
       },
       by_both},
      {"label_name_too_long", name, kLabelName,
       [](Image& i) {
         i.append(with_labels({{std::string(257, 'a'), ""}}));
       },
       by_both},
      {"label_value_not_utf8", name, kLabelValue,
       [](Image& i) {
         i.append(with_labels({{"record", "\xf5\x80\x80\x80"}}));
       },
       by_both},
      {"label_value_cut_in_a_character", name, kLabelValue,
       [](Image& i) {
         i.append(with_labels({{"a", "\xe2\x82"}}));
       },
       by_both},
      {"label_value_with_nul", name, kLabelValue,
       [](Image& i) {
         i.append(with_labels({{"a", std::string("\0", 1)}}));
       },
       by_both},
      {"label_value_too_long", name, kLabelValue,
       [](Image& i) {
         i.append(with_labels({{"a", std::string(513, 'v')}}));
       },
       by_both},
      {"label_name_twice", name, kLabelOrder,
       [](Image& i) {
         i.append(with_labels({{"a", "1"}, {"a", "2"}}));
       },
       by_both},
      {"labels_out_of_order", name, kLabelOrder,
       [](Image& i) {
         i.append(with_labels({{"b", "1"}, {"a", "2"}}));
       },
       by_both},
      {"cell_zero", cells, kCells, [](Image& i) { i.append(new_series(0, 0, 1)); }, by_both},
      {"cells_shared", cells, kCells, [](Image& i) { i.append(new_series(0, kLevelCell, 1)); },
       by_both},
      {"cells_of_an_earlier_series", cells, kCells, [](Image& i) { i.append(new_series(0, 1, 1)); },
       by_both},
      {"cells_within_a_histogram", cells, kCells,
       [](Image& i) { i.append(new_series(0, kWaitSumCell, 1)); }, by_both},
      {"no_cells", cells, kCells, [](Image& i) { i.append(new_series(0, kFreeCell, 0)); }, by_both},
      {"cell_beyond_the_extents", cells, kCells,
       [](Image& i) { i.append(new_series(0, kWordsPerPage, 1)); }, by_both},
      {"cell_far_beyond_the_extents", cells, kCells,
       [](Image& i) { i.append(new_series(0, UINT32_MAX, 1)); }, by_both},
      {"cells_across_the_end", cells, kCells,
       [](Image& i) { i.append(new_series(1, kWordsPerPage - 3, 4)); }, by_both},
      {"cell_count_wraps", cells, kCells,
       [](Image& i) { i.append(new_series(0, kFreeCell, UINT32_MAX - 5)); }, by_both},
      {"cells_of_an_unknown_kind_beyond_the_extents", cells, kCells,
       [](Image& i) {
         FamilyDescriptor unknown = kCounter;
         unknown.kind = static_cast<FamilyKind>(77);
         i.append(unknown);
         i.append(new_series(3, kFreeCell, UINT32_MAX / 2));
       },
       by_both},
      {"more_cells_than_a_counter_has", cells, "expected 1 cells of a series of hits_total",
       [](Image& i) { i.append(new_series(0, kFreeCell, 2)); }, by_both},
      {"fewer_cells_than_a_histogram_has", cells, "expected 4 cells of a series of wait_seconds",
       [](Image& i) { i.append(new_series(1, kFreeCell, 3)); }, by_both},
      {"fewer_cells_than_a_stamped_gauge_has", cells, "expected 2 cells of a series of g",
       [](Image& i) {
         i.append(gauge_family("g", GaugeMode::most_recent));
         i.append(new_series(3, kFreeCell, 1));
       },
       by_both},
  };
}

std::vector<Corruption> cell_corruptions() {
  using enum Refusal;
  return {
      {"counter_at_2_to_63", value, kBelow, [](Image& i) { i.cell(1, kHitsCell) = kTwoTo63; },
       by_both},
      {"bucket_at_its_largest", value, kBelow, [](Image& i) { i.cell(0, kWaitCell) = UINT64_MAX; },
       by_both},
      {"last_bucket_at_2_to_63", value, kBelow,
       [](Image& i) { i.cell(0, kWaitSumCell - 1) = kTwoTo63; }, by_both},
      {"sum_at_2_to_63", value, kBelow, [](Image& i) { i.cell(1, kWaitSumCell) = kTwoTo63; },
       by_both},
      {"shards_that_wrap_to_little", value, kBelow,
       [](Image& i) {
         i.cell(0, kHitsCell) = UINT64_MAX;
         i.cell(1, kHitsCell) = 100;
       },
       by_both},
      {"bucket_of_a_signed_histogram_at_2_to_63", value, kBelow,
       [](Image& i) {
         FamilyDescriptor drift = histogram_family("drift_seconds", {0});
         drift.admits_negative = true;
         i.append(drift);
         i.append(new_series(3, kFreeCell, 3));
         i.cell(0, kFreeCell + 1) = kTwoTo63;
       },
       by_both},
      {"counter_that_falls", decreased, kFell, [](Image& i) { i.cell(0, kHitsCell) = 9; },
       by_a_known_reader},
      {"counter_that_falls_to_nothing", decreased, kFell,
       [](Image& i) {
         i.cell(0, kHitsCell) = 0;
         i.cell(1, kHitsCell) = 0;
       },
       by_a_known_reader},
      {"bucket_that_falls", decreased, kFell, [](Image& i) { i.cell(1, kWaitCell + 1) = 3; },
       by_a_known_reader},
      {"sum_that_falls", decreased, kFell, [](Image& i) { i.cell(1, kWaitSumCell) = 5999; },
       by_a_known_reader},
      {"counter_that_falls_while_the_directory_grows", decreased, kFell,
       [](Image& i) {
         i.append(counter_family("late_total"));
         i.append(new_series(3, kFreeCell, 1));
         i.cell(0, kHitsCell) = 9;
       },
       by_a_known_reader},
  };
}

}  // namespace shmx::test
