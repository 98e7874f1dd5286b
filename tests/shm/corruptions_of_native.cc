// What may be wrong with histograms that have exponential buckets; see corruptions.h.
#include <cstring>

#include "tests/shm/corruptions.h"

namespace shmx::test {
namespace {

using enum Corruption::Seen;
using layout::FamilyRecord;
using layout::NativeRecord;

constexpr std::uint32_t kFreeCell = 7;  // of small_image()
constexpr std::uint32_t kDelayCells = 9;
constexpr std::uint32_t kDelaySumCell = kFreeCell + kDelayCells - 1;

constexpr std::string_view kSchema = "expected a schema of -4 to 8";
constexpr std::string_view kCount = "expected 1 to 2048 exponential buckets";
constexpr std::string_view kRange = "expected exponential buckets between 2^-1008 and 2^1008";
constexpr std::string_view kParts = "expected a record as long as its parts";

constexpr std::size_t kSchemaAt = sizeof(FamilyRecord) + offsetof(NativeRecord, schema);
constexpr std::size_t kFirstIndexAt = sizeof(FamilyRecord) + offsetof(NativeRecord, first_index);
constexpr std::size_t kCountAt = sizeof(FamilyRecord) + offsetof(NativeRecord, count);

template <auto kValue, std::size_t kAt>
void append_delay_with(Image& image) {
  append_changed(image, delay_family(), kAt, kValue);
}

// The family and a series of it, with the value in one of its cells.
void append_delay(Image& image, std::uint32_t cell, std::uint64_t value) {
  image.append(delay_family());
  image.append(new_series(3, kFreeCell, kDelayCells));
  image.cell(0, cell) = value;
}

void append_namesake(Image& image, void (*change)(FamilyDescriptor&)) {
  FamilyDescriptor second = delay_family();
  change(second);
  image.append(delay_family());
  image.append(second);
}

constexpr std::uint64_t kTwoTo63 = std::uint64_t{1} << 63;

}  // namespace

std::vector<Corruption> native_corruptions() {
  using enum Refusal;
  return {
      {"native_schema_too_low", bounds, kSchema, append_delay_with<std::int32_t{-5}, kSchemaAt>,
       by_both},
      {"native_schema_too_high", bounds, kSchema, append_delay_with<std::int32_t{9}, kSchemaAt>,
       by_both},
      {"native_schema_lowest_number", bounds, kSchema, append_delay_with<INT32_MIN, kSchemaAt>,
       by_both},
      {"native_without_buckets", bounds, kCount, append_delay_with<std::uint32_t{0}, kCountAt>,
       by_both},
      {"native_too_many_buckets", bounds, kCount,
       append_delay_with<layout::kMaxNativeBuckets + 1, kCountAt>, by_both},
      {"native_bucket_count_huge", bounds, kCount, append_delay_with<UINT32_MAX, kCountAt>,
       by_both},
      {"native_buckets_too_low", bounds, kRange,
       append_delay_with<std::int32_t{-1008}, kFirstIndexAt>, by_both},
      {"native_buckets_too_high", bounds, kRange,
       append_delay_with<std::int32_t{994}, kFirstIndexAt>, by_both},
      {"native_index_lowest_number", bounds, kRange, append_delay_with<INT32_MIN, kFirstIndexAt>,
       by_both},
      {"native_index_largest_number", bounds, kRange, append_delay_with<INT32_MAX, kFirstIndexAt>,
       by_both},
      {"native_record_cut_off", record, kParts,
       [](Image& i) {
         auto bytes = encode(delay_family());
         bytes.resize(sizeof(FamilyRecord) + 8);
         bytes[0] = static_cast<std::byte>(bytes.size());
         i.append(bytes);
       },
       by_both},
      {"native_bounds_beyond_the_record", record, kParts,
       append_delay_with<std::uint32_t{256}, offsetof(FamilyRecord, bound_count)>, by_both},
      {"native_family_twice", record, "expected family delay_seconds once",
       [](Image& i) { append_namesake(i, [](auto& f) { f.help = "New."; }); }, by_both},
      {"native_namesake_that_admits_negatives", record, "with one kind, mode, unit and resolution",
       [](Image& i) {
         append_namesake(i, [](auto& f) {
           f.admits_negative = true;
           f.native->negative = true;
         });
       },
       by_both},
      {"native_series_with_the_cells_of_a_classic_one", cells,
       "expected 9 cells of a series of delay_seconds",
       [](Image& i) {
         i.append(delay_family());
         i.append(new_series(3, kFreeCell, 4));
       },
       by_both},
      {"native_series_with_a_cell_too_many", cells, "expected 9 cells of a series of delay_seconds",
       [](Image& i) {
         i.append(delay_family());
         i.append(new_series(3, kFreeCell, kDelayCells + 1));
       },
       by_both},
      {"native_bucket_of_2_to_63", value, "expected counters, buckets and sums below 2^63",
       [](Image& i) { append_delay(i, kFreeCell + 4, kTwoTo63); }, by_both},
      {"native_sum_of_2_to_63", value, "expected counters, buckets and sums below 2^63",
       [](Image& i) { append_delay(i, kDelaySumCell, kTwoTo63); }, by_both},
      {"native_bucket_of_negatives_of_2_to_63", value,
       "expected counters, buckets and sums below 2^63",
       [](Image& i) {
         i.append(drift_family());
         i.append(new_series(3, kFreeCell, 8));
         i.cell(0, kFreeCell + 6) = kTwoTo63;
       },
       by_both},
  };
}

}  // namespace shmx::test
