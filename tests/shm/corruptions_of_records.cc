// What may be wrong with the directory's records as such, and with families; see corruptions.h.
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/shm/corruptions.h"

namespace shmx::test {
namespace {

using enum Corruption::Seen;

constexpr std::uint32_t kFreeCell = 7;  // of small_image()

FamilyDescriptor with_bounds(std::vector<double> bounds) {
  return histogram_family("bad_seconds", std::move(bounds));
}

FamilyDescriptor with_help(std::string help) {
  FamilyDescriptor family = counter_family("x_total");
  family.help = std::move(help);
  return family;
}

FamilyDescriptor with_unit(std::string unit) {
  FamilyDescriptor family = counter_family("x_total");
  family.unit = std::move(unit);
  return family;
}

SeriesDescriptor with_labels(Labels labels) {
  return new_series(0, kFreeCell, 1, std::move(labels));
}

// A record of a type that nobody knows, of `bytes` in all.
void append_unknown(Image& image, std::uint32_t bytes, std::uint32_t claimed) {
  std::vector<std::byte> record(bytes);
  const layout::RecordHeader header{claimed, 99, 0};
  std::memcpy(record.data(), &header, sizeof header);
  image.append(record);
}

// Two records of 12 bytes, which together are a multiple of 8 again.
void append_odd_records(Image& image) {
  std::vector<std::byte> record(24);
  const layout::RecordHeader header{12, 99, 0};
  std::memcpy(record.data(), &header, sizeof header);
  std::memcpy(record.data() + 12, &header, sizeof header);
  image.append(record);
}

void append_family_twice(Image& image, const FamilyDescriptor& first,
                         void (*change)(FamilyDescriptor&)) {
  FamilyDescriptor second = first;
  change(second);
  image.append(first);
  image.append(second);
}

const FamilyDescriptor kCounter = counter_family("x_total");
const FamilyDescriptor kGauge = gauge_family("g", GaugeMode::sum);

constexpr double kInf = std::numeric_limits<double>::infinity();

constexpr std::string_view kUsed = "expected directory_used at offset 448";
constexpr std::string_view kLength = "expected a record's length in the directory at byte";
constexpr std::string_view kParts = "expected a record as long as its parts";
constexpr std::string_view kMode = "expected a known mode on a gauge, and none on anything else";
constexpr std::string_view kTicks = "expected a resolution of 1 to 10^12 ticks per unit";
constexpr std::string_view kFamilyName = "expected a metric name";
constexpr std::string_view kHelp = "expected a help text of at most 1024 bytes of UTF-8";
constexpr std::string_view kUnit = "expected a unit";
constexpr std::string_view kBounds = "expected finite bucket bounds in strictly ascending order";
constexpr std::string_view kMaxBounds = "expected at most 256 bucket bounds";
constexpr std::string_view kOneShape = "with one kind, mode, unit and resolution";

// Offsets in a record, as shm/layout.h has them.
constexpr std::size_t kModeAt = offsetof(layout::FamilyRecord, mode);
constexpr std::size_t kBoundCountAt = offsetof(layout::FamilyRecord, bound_count);
constexpr std::size_t kNameBytesAt = offsetof(layout::FamilyRecord, name_bytes);
constexpr std::size_t kHelpBytesAt = offsetof(layout::FamilyRecord, help_bytes);
constexpr std::size_t kUnitBytesAt = offsetof(layout::FamilyRecord, unit_bytes);
constexpr std::size_t kLabelCountAt = offsetof(layout::SeriesRecord, label_count);
constexpr std::size_t kFirstLabelAt = sizeof(layout::SeriesRecord);

}  // namespace

std::vector<Corruption> record_corruptions() {
  using enum Refusal;
  return {
      {"used_beyond_the_extents", record, kUsed, [](Image& i) { i.header().directory_used = 4104; },
       by_both},
      {"used_not_a_multiple", record, kUsed,
       [](Image& i) { i.header().directory_used = i.header().directory_used + 4; }, by_both},
      {"used_huge", record, kUsed, [](Image& i) { i.header().directory_used = UINT64_MAX - 7; },
       by_both},
      {"used_taken_back", record, kUsed,
       [](Image& i) { i.header().directory_used = i.header().directory_used - 8; },
       by_a_known_reader},
      {"released_before_it_was_written", record, kLength,
       [](Image& i) { i.header().directory_used = i.header().directory_used + 64; }, by_both},
      {"record_shorter_than_its_header", record, kLength, [](Image& i) { append_unknown(i, 8, 0); },
       by_both},
      {"record_not_a_multiple", record, kLength, append_odd_records, by_both},
      {"record_beyond_directory_used", record, kLength, [](Image& i) { append_unknown(i, 16, 24); },
       by_both},
      {"record_of_4_gibi", record, kLength, [](Image& i) { append_unknown(i, 16, 0xfffffff8); },
       by_both},
      {"record_beyond_its_limit", record, kLength,
       [](Image& i) {
         i = large_image(20, 1);
         append_unknown(i, layout::kMaxRecordBytes + 8, layout::kMaxRecordBytes + 8);
       }},
      {"family_shorter_than_its_fields", record, kParts,
       [](Image& i) {
         auto bytes = encode(kCounter);
         bytes.resize(24);
         bytes[0] = std::byte{24};
         i.append(bytes);
       },
       by_both},
      {"family_name_beyond_the_record", record, kParts,
       [](Image& i) { append_changed(i, kCounter, kNameBytesAt, std::uint16_t{0xffff}); }, by_both},
      {"help_beyond_the_record", record, kParts,
       [](Image& i) { append_changed(i, kCounter, kHelpBytesAt, std::uint16_t{0xffff}); }, by_both},
      {"unit_beyond_the_record", record, kParts,
       [](Image& i) { append_changed(i, kCounter, kUnitBytesAt, std::uint16_t{0xffff}); }, by_both},
      {"bounds_beyond_the_record", record, kParts,
       [](Image& i) { append_changed(i, with_bounds({1}), kBoundCountAt, std::uint32_t{256}); },
       by_both},
      {"series_shorter_than_its_fields", record, kParts,
       [](Image& i) {
         auto bytes = encode(with_labels({}));
         bytes.resize(16);
         bytes[0] = std::byte{16};
         i.append(bytes);
       },
       by_both},
      {"labels_beyond_the_record", record, kParts,
       [](Image& i) {
         append_changed(i, with_labels({{"a", "1"}}), kLabelCountAt, std::uint32_t{32});
       },
       by_both},
      {"label_name_beyond_the_record", record, kParts,
       [](Image& i) {
         append_changed(i, with_labels({{"a", "1"}}), kFirstLabelAt, std::uint16_t{0xffff});
       },
       by_both},
      {"label_value_beyond_the_record", record, kParts,
       [](Image& i) {
         append_changed(i, with_labels({{"a", "1"}}), kFirstLabelAt + 2, std::uint16_t{0xffff});
       },
       by_both},
  };
}

std::vector<Corruption> family_corruptions() {
  using enum Refusal;
  return {
      {"too_many_families", record, "expected at most 4096 families",
       [](Image& i) {
         i = large_image(100, 1);
         for (std::uint32_t n = 0; n <= kMaxFamilies; ++n) {
           i.append(counter_family(std::to_string(n).insert(0, 1, 'x')));
         }
       }},
      {"too_many_families_of_unknown_kinds", record, "expected at most 4096 families",
       [](Image& i) {
         i = large_image(100, 1);
         FamilyDescriptor unknown = kCounter;
         unknown.kind = static_cast<FamilyKind>(77);
         for (std::uint32_t n = 0; n <= kMaxFamilies; ++n) {
           i.append(unknown);
         }
       }},
      {"family_twice", record, "expected family x_total once",
       [](Image& i) { append_family_twice(i, kCounter, [](auto&) {}); }, by_both},
      {"family_twice_with_another_help", record, "expected family x_total once",
       [](Image& i) { append_family_twice(i, kCounter, [](auto& f) { f.help = "New."; }); },
       by_both},
      {"family_twice_with_the_same_bounds", record, "expected family wait_seconds once",
       [](Image& i) {
         i.append(histogram_family("wait_seconds", {1, 2}));
       },
       by_both},
      {"family_twice_of_two_kinds", record, "expected family hits_total once",
       [](Image& i) { i.append(gauge_family("hits_total", GaugeMode::sum)); }, by_both},
      {"namesake_of_another_kind", record, kOneShape,
       [](Image& i) {
         append_family_twice(i, with_bounds({5}), [](auto& f) {
           f.bounds = {};
           f.kind = FamilyKind::counter;
         });
       },
       by_both},
      {"namesake_of_another_resolution", record, kOneShape,
       [](Image& i) {
         append_family_twice(i, with_bounds({5}), [](auto& f) {
           f.bounds = {6};
           f.ticks_per_unit = 7;
         });
       },
       by_both},
      {"namesake_of_another_unit", record, kOneShape,
       [](Image& i) {
         append_family_twice(i, with_bounds({5}), [](auto& f) {
           f.bounds = {4};
           f.unit = "bytes";
         });
       },
       by_both},
      {"namesake_that_admits_negatives", record, kOneShape,
       [](Image& i) {
         append_family_twice(i, with_bounds({5}), [](auto& f) {
           f.bounds = {4};
           f.admits_negative = true;
         });
       },
       by_both},
      {"gauge_without_a_mode", record, kMode,
       [](Image& i) { append_changed(i, kGauge, kModeAt, std::uint16_t{0}); }, by_both},
      {"gauge_of_an_unknown_mode", record, kMode,
       [](Image& i) { append_changed(i, kGauge, kModeAt, std::uint16_t{7}); }, by_both},
      {"counter_with_a_mode", record, kMode,
       [](Image& i) { append_changed(i, kCounter, kModeAt, std::uint16_t{1}); }, by_both},
      {"counter_of_negatives", record, "expected negative values to be admitted by histograms only",
       [](Image& i) { append_changed(i, kCounter, 6, layout::kFamilyAdmitsNegative); }, by_both},
      {"resolution_of_zero", record, kTicks,
       [](Image& i) { append_changed(i, kCounter, 16, std::uint64_t{0}); }, by_both},
      {"resolution_too_fine", record, kTicks,
       [](Image& i) { append_changed(i, kCounter, 16, std::uint64_t{1'000'000'000'001}); },
       by_both},
      {"counter_with_bounds", bounds, "expected bucket bounds on histograms only",
       [](Image& i) {
         FamilyDescriptor family = kCounter;
         family.bounds = {1};
         i.append(family);
       },
       by_both},
      {"too_many_bounds", bounds, kMaxBounds,
       [](Image& i) { append_changed(i, with_bounds({1}), kBoundCountAt, std::uint32_t{257}); },
       by_both},
      {"bound_count_huge", bounds, kMaxBounds,
       [](Image& i) { append_changed(i, with_bounds({1}), kBoundCountAt, UINT32_MAX); }, by_both},
      {"bounds_descend", bounds, kBounds,
       [](Image& i) {
         i.append(with_bounds({2, 1}));
       },
       by_both},
      {"bounds_equal", bounds, kBounds,
       [](Image& i) {
         i.append(with_bounds({1, 1}));
       },
       by_both},
      {"bounds_of_both_zeros", bounds, kBounds,
       [](Image& i) {
         i.append(with_bounds({-0.0, 0.0}));
       },
       by_both},
      {"bound_nan", bounds, kBounds,
       [](Image& i) {
         i.append(with_bounds({1, std::nan("")}));
       },
       by_both},
      {"bound_infinite", bounds, kBounds,
       [](Image& i) {
         i.append(with_bounds({1, kInf}));
       },
       by_both},
      {"bound_negative_infinite", bounds, kBounds,
       [](Image& i) {
         i.append(with_bounds({-kInf, 1}));
       },
       by_both},
      {"family_name_empty", name, kFamilyName, [](Image& i) { i.append(counter_family("")); },
       by_both},
      {"family_name_with_a_space", name, kFamilyName,
       [](Image& i) { i.append(counter_family("a b")); }, by_both},
      {"family_name_with_a_digit_first", name, kFamilyName,
       [](Image& i) { i.append(counter_family("1a")); }, by_both},
      {"family_name_with_a_newline", name, kFamilyName,
       [](Image& i) { i.append(counter_family("a\nup 1")); }, by_both},
      {"family_name_with_nul", name, kFamilyName,
       [](Image& i) { i.append(counter_family(std::string("a\0b", 3))); }, by_both},
      {"family_name_with_an_umlaut", name, kFamilyName,
       [](Image& i) { i.append(counter_family("\xc3\xa4")); }, by_both},
      {"family_name_too_long", name, kFamilyName,
       [](Image& i) { i.append(counter_family(std::string(257, 'a'))); }, by_both},
      {"help_not_utf8", name, kHelp, [](Image& i) { i.append(with_help("a\xff")); }, by_both},
      {"help_with_a_surrogate", name, kHelp, [](Image& i) { i.append(with_help("\xed\xa0\x80")); },
       by_both},
      {"help_with_an_overlong_slash", name, kHelp,
       [](Image& i) { i.append(with_help("\xc0\xaf")); }, by_both},
      {"help_with_nul", name, kHelp, [](Image& i) { i.append(with_help(std::string("a\0b", 3))); },
       by_both},
      {"help_too_long", name, kHelp, [](Image& i) { i.append(with_help(std::string(1025, 'h'))); },
       by_both},
      {"unit_with_a_space", name, kUnit, [](Image& i) { i.append(with_unit("a b")); }, by_both},
      {"unit_too_long", name, kUnit, [](Image& i) { i.append(with_unit(std::string(65, 'u'))); },
       by_both},
  };
}

}  // namespace shmx::test
