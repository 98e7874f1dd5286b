// What may be wrong with records of exemplars; see corruptions.h. Whatever is in a slot is no
// reason to refuse a segment: exemplar_reader_test.cc.
#include <cstring>

#include "tests/shm/corruptions.h"

namespace shmx::test {
namespace {

using enum Corruption::Seen;

constexpr std::uint32_t kFreeCell = 7;      // of small_image()
constexpr std::uint32_t kSeriesBefore = 3;  // in small_image(), the last of them a gauge's

// One more series of the counter, or of the histogram, which has 3 buckets.
void append_counter(Image& image) {
  image.append(new_series(0, kFreeCell, 1));
}
void append_histogram(Image& image) {
  image.append(new_series(1, kFreeCell, 4));
}

// Room for so many exemplars of a new series of the histogram.
void append_slots(Image& image, std::uint32_t count) {
  append_histogram(image);
  image.append_exemplars(kSeriesBefore, count);
}

// A record of exemplars of a new counter that claims other lengths than it should.
void append_claiming(Image& image, std::uint32_t bytes, std::uint32_t slots) {
  append_counter(image);
  const layout::ExemplarsRecord record{
      {bytes, static_cast<std::uint16_t>(layout::RecordType::exemplars), 0}, kSeriesBefore, slots};
  std::vector<std::byte> all(bytes);
  std::memcpy(all.data(), &record, std::min(all.size(), sizeof record));
  image.append(all);
}

// The bytes that a record with one slot needs in an image with a new counter.
std::uint32_t needed(const Image& image) {
  Image grown = image;
  append_counter(grown);
  const std::uint64_t at = grown.header().directory_used;
  return static_cast<std::uint32_t>(grown.append_exemplars(kSeriesBefore, 1) + 64 - at);
}

constexpr std::string_view kOnce = "expected exemplars of the series before them, once";
constexpr std::string_view kRoom = "expected room for 1 to 257 exemplars";
constexpr std::string_view kParts = "expected a record of exemplars as long as its parts";

}  // namespace

std::vector<Corruption> exemplar_corruptions() {
  using enum Refusal;
  return {
      {"exemplars_before_any_series", record, kOnce,
       [](Image& i) {
         i = large_image(1, 1);
         i.append(counter_family("x_total"));
         i.append_exemplars(0, 1);
       }},
      {"exemplars_of_an_earlier_series", record, kOnce, [](Image& i) { i.append_exemplars(0, 1); },
       by_both},
      {"exemplars_of_a_later_series", record, kOnce,
       [](Image& i) { i.append_exemplars(kSeriesBefore, 1); }, by_both},
      {"exemplars_of_a_series_far_away", record, kOnce,
       [](Image& i) { i.append_exemplars(UINT32_MAX, 1); }, by_both},
      {"exemplars_twice", record, kOnce,
       [](Image& i) {
         append_slots(i, 3);
         i.append_exemplars(kSeriesBefore, 3);
       },
       by_both},
      {"exemplars_without_slots", record, kRoom, [](Image& i) { append_slots(i, 0); }, by_both},
      {"exemplars_for_too_many_buckets", record, kRoom,
       [](Image& i) { append_claiming(i, 32, 258); }, by_both},
      {"exemplar_slots_wrap", record, kRoom,
       [](Image& i) { append_claiming(i, 64, std::uint32_t{1} << 26); }, by_both},
      {"exemplars_of_an_unknown_kind_for_too_many_buckets", record, kRoom,
       [](Image& i) {
         FamilyDescriptor unknown = counter_family("x_total");
         unknown.kind = static_cast<FamilyKind>(77);
         i.append(unknown);
         i.append(new_series(3, kFreeCell, 5));
         i.append_exemplars(kSeriesBefore, 0);
       },
       by_both},
      {"exemplars_of_a_gauge", record, "expected room for 0 exemplars of a series of level",
       [](Image& i) { i.append_exemplars(kSeriesBefore - 1, 1); }, by_both},
      {"more_exemplars_than_a_counter_has", record,
       "expected room for 1 exemplars of a series of hits_total",
       [](Image& i) {
         append_counter(i);
         i.append_exemplars(kSeriesBefore, 2);
       },
       by_both},
      {"fewer_exemplars_than_a_histogram_has", record,
       "expected room for 3 exemplars of a series of wait_seconds",
       [](Image& i) { append_slots(i, 2); }, by_both},
      {"more_exemplars_than_a_histogram_has", record,
       "expected room for 3 exemplars of a series of wait_seconds",
       [](Image& i) { append_slots(i, 4); }, by_both},
      {"exemplars_shorter_than_their_header", record, kParts,
       [](Image& i) { append_claiming(i, 8, 0); }, by_both},
      {"exemplars_shorter_than_their_slots", record, kParts,
       [](Image& i) { append_claiming(i, needed(i) - 8, 1); }, by_both},
      {"exemplars_without_their_padding", record, kParts,
       [](Image& i) {
         // Not at a place where no padding is needed.
         for (constexpr auto kBare = std::uint32_t{sizeof(layout::ExemplarsRecord)} + 64;
              needed(i) == kBare;) {
           const layout::RecordHeader skipped{8, 99, 0};
           i.append(std::as_bytes(std::span(&skipped, 1)));
         }
         append_claiming(i, sizeof(layout::ExemplarsRecord) + 64, 1);
       },
       by_both},
  };
}

}  // namespace shmx::test
