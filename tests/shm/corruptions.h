// One malformed segment per invariant, as a table: what is done to a right one, and what a reader
// must say to it. Tests take each row for an expectation, the fuzz targets for where they start.
#ifndef SHM_EXPORTER_TESTS_SHM_CORRUPTIONS_H
#define SHM_EXPORTER_TESTS_SHM_CORRUPTIONS_H

#include <cstring>
#include <iosfwd>
#include <string_view>
#include <vector>

#include "shm/file.h"
#include "tests/shm/image.h"

namespace shmx::test {

struct Corruption {
  /// Which readers refuse it: one that opens it, one that has read the right segment before, or
  /// both. (A header and an extent are read once.)
  enum class Seen { by_a_new_reader, by_a_known_reader, by_both };

  const char* name;
  Refusal reason;
  std::string_view phrase;  ///< of the refusal's detail: no other check says it
  void (*apply)(Image&);
  Seen seen = Seen::by_a_new_reader;
  void (*spoil_file)(const UniqueFd&) = nullptr;  ///< after the image was written to it
};
void PrintTo(const Corruption& corruption, std::ostream* out);

std::vector<Corruption> header_and_file_corruptions();
std::vector<Corruption> extent_corruptions();
std::vector<Corruption> record_corruptions();
std::vector<Corruption> family_corruptions();
std::vector<Corruption> native_corruptions();
std::vector<Corruption> series_corruptions();
std::vector<Corruption> cell_corruptions();
std::vector<Corruption> exemplar_corruptions();
std::vector<Corruption> certificate_corruptions();
std::vector<Corruption> all_corruptions();

/// What the corruptions are applied to: small_image() with some counts in it.
Image right_image();

/// The same with what layout 1.1 added: histogram delay_seconds with buckets of both kinds in cells
/// 7 to 15, and histogram drift_seconds with native ones alone, negative too, in cells 16 to 23.
Image minor_1_image();
/// The same with what layout 1.2 added: the certificate of orders.
Image minor_2_image();
FamilyDescriptor delay_family();
FamilyDescriptor drift_family();

/// Self-signed, of O=Example, CN=orders, DNS orders.example and spiffe://example.org/orders, until
/// 2126. Its key is nowhere.
extern const std::string_view kOrdersCertificate;

/// A series with a label that small_image() does not have.
SeriesDescriptor new_series(std::uint32_t family, std::uint32_t cell, std::uint32_t count,
                            Labels labels = {{"new", "1"}});

/// An image without records, with room for many.
Image large_image(std::uint32_t directory_pages, std::uint32_t cell_pages);

/// Appends a record whose bytes at `at` are changed first.
template <typename Descriptor, typename Value>
void append_changed(Image& image, const Descriptor& good, std::size_t at, Value value) {
  std::vector<std::byte> record = encode(good);
  std::memcpy(record.data() + at, &value, sizeof value);
  image.append(record);
}

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHM_CORRUPTIONS_H
