// What the table's parts share; see corruptions.h.
#include "tests/shm/corruptions.h"

#include <ostream>

#include "shm/certificate_text.h"

namespace shmx::test {

void PrintTo(const Corruption& corruption, std::ostream* out) {
  *out << corruption.name;
}

std::vector<Corruption> all_corruptions() {
  std::vector<Corruption> all;
  for (const auto part : {header_and_file_corruptions, extent_corruptions, record_corruptions,
                          family_corruptions, native_corruptions, series_corruptions,
                          cell_corruptions, exemplar_corruptions, certificate_corruptions}) {
    const std::vector<Corruption> rows = part();
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

Image right_image() {
  Image image = small_image();
  image.cell(0, kHitsCell) = 10;
  image.cell(1, kHitsCell) = 20;
  image.cell(1, kWaitCell + 1) = 4;
  image.cell(1, kWaitSumCell) = 6000;
  image.header().losses[3] = 9;
  return image;
}

FamilyDescriptor delay_family() {
  FamilyDescriptor family = histogram_family("delay_seconds", {1, 2});
  family.native = NativeBuckets{0, -1, 3, false};
  return family;
}

FamilyDescriptor drift_family() {
  FamilyDescriptor family = histogram_family("drift_seconds", {});
  family.admits_negative = true;
  family.native = NativeBuckets{0, 0, 2, true};
  return family;
}

Image minor_1_image() {
  Image image = right_image();
  image.append(delay_family());
  image.append(drift_family());
  image.append(new_series(3, 7, 9, {}));
  image.append(new_series(4, 16, 8, {}));
  // 0.1, 0.6, 0.8 and 2 seconds; and of drift 1, -1.5 and -3, which is out of the range.
  const std::uint64_t delay[] = {3, 1, 0, 1, 0, 2, 1, 0, 3500};
  const std::uint64_t drift[] = {0, 1, 0, 0, 0, 1, 1, std::uint64_t{0} - 3500};
  for (std::uint32_t i = 0; i < std::size(delay); ++i) {
    image.cell(1, 7 + i) = delay[i];
  }
  for (std::uint32_t i = 0; i < std::size(drift); ++i) {
    image.cell(1, 16 + i) = drift[i];
  }
  return image;
}

const std::string_view kOrdersCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB1TCCAXqgAwIBAgIUBDPVt5Mf3NAqVx3YofCIXuv08lAwCgYIKoZIzj0EAwIw\n"
    "IzEQMA4GA1UECgwHRXhhbXBsZTEPMA0GA1UEAwwGb3JkZXJzMCAXDTI2MTEyNzAx\n"
    "MDE1MloYDzIxMjYxMTAzMDEwMTUyWjAjMRAwDgYDVQQKDAdFeGFtcGxlMQ8wDQYD\n"
    "VQQDDAZvcmRlcnMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASPzFXc8KCYLP3B\n"
    "B4ORJbQM33Xfcfc9b7KMOyxVW99/Gm06gdKjoZsFJ19s9r8Eik74ZzTfRr2N7VDh\n"
    "sMeYoOjno4GJMIGGMB0GA1UdDgQWBBTydQT/6iSIBzxPIxAibFZkmeldHDAfBgNV\n"
    "HSMEGDAWgBTydQT/6iSIBzxPIxAibFZkmeldHDA2BgNVHREELzAtgg5vcmRlcnMu\n"
    "ZXhhbXBsZYYbc3BpZmZlOi8vZXhhbXBsZS5vcmcvb3JkZXJzMAwGA1UdEwEB/wQC\n"
    "MAAwCgYIKoZIzj0EAwIDSQAwRgIhAM2lNKS8o15Q7ibRc872vCVE9Y37JgQvkKgt\n"
    "ZyZ96czSAiEA0mApEfQFEM+Shj6rAr4V3mi6FE1iuEUONYGW57+Zxuc=\n"
    "-----END CERTIFICATE-----\n";

Image minor_2_image() {
  Image image = minor_1_image();
  image.append(encode_certificates(kOrdersCertificate));
  return image;
}

Image large_image(std::uint32_t directory_pages, std::uint32_t cell_pages) {
  Image image;
  image.append_extent(layout::ExtentKind::directory, 0, 0, 0,
                      directory_pages * layout::kWordsPerPage);
  image.append_extent(layout::ExtentKind::cells, 0, 1, 0, cell_pages * layout::kWordsPerPage);
  image.publish_extents(2);
  return image;
}

SeriesDescriptor new_series(std::uint32_t family, std::uint32_t cell, std::uint32_t count,
                            Labels labels) {
  return SeriesDescriptor{family, cell, count, false, std::move(labels)};
}

}  // namespace shmx::test
