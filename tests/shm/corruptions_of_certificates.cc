// What may be wrong with records of certificates; see corruptions.h.
#include <cstring>

#include "shm/certificate_text.h"
#include "tests/shm/corruptions.h"

namespace shmx::test {
namespace {

using enum Corruption::Seen;

// A right record with another text, which claims to be so long.
void append_text(Image& image, std::string_view text, std::size_t claimed) {
  std::vector<std::byte> record = encode_certificates(text);
  const auto bytes = static_cast<std::uint32_t>(claimed);
  std::memcpy(record.data() + offsetof(layout::CertificatesRecord, text_bytes), &bytes,
              sizeof bytes);
  image.append(record);
}

void append_text(Image& image, std::string_view text) {
  append_text(image, text, text.size());
}

// The right certificate with a change in its text.
void append_with(Image& image, std::string_view from, std::string_view to) {
  std::string text(kOrdersCertificate);
  text.replace(text.find(from), from.size(), to);
  append_text(image, text);
}

constexpr std::string_view kLength = "expected certificates of 1 to 16384 bytes";
constexpr std::string_view kParts = "expected a record of certificates as long as its parts";
constexpr std::string_view kPem = "expected certificates in PEM and nothing beside them";

}  // namespace

std::vector<Corruption> certificate_corruptions() {
  using enum Refusal;
  return {
      {"certificates_without_text", record, kLength, [](Image& i) { append_text(i, ""); }, by_both},
      {"certificates_longer_than_they_may_be", record, kLength,
       [](Image& i) {
         i = large_image(8, 1);
         std::string text;
         while (text.size() <= layout::kMaxCertificateBytes) {
           text += kOrdersCertificate;
         }
         append_text(i, text);
       }},
      {"certificates_as_long_as_a_number_can_be", record, kLength,
       [](Image& i) { append_text(i, kOrdersCertificate, UINT32_MAX); }, by_both},
      {"certificates_longer_than_their_record", record, kParts,
       [](Image& i) { append_text(i, kOrdersCertificate, kOrdersCertificate.size() + 8); },
       by_both},
      {"certificates_shorter_than_their_header", record, kParts,
       [](Image& i) {
         const layout::RecordHeader header{
             8, static_cast<std::uint16_t>(layout::RecordType::certificates), 0};
         i.append(std::as_bytes(std::span(&header, 1)));
       },
       by_both},
      {"a_private_key_for_a_certificate", record, kPem,
       [](Image& i) {
         append_text(i, "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n");
       },
       by_both},
      {"a_private_key_behind_a_certificate", record, kPem,
       [](Image& i) {
         append_text(i, std::string(kOrdersCertificate) +
                            "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n");
       },
       by_both},
      {"a_certificate_that_asks_for_a_password", record, kPem,
       [](Image& i) { append_with(i, "MII", "Proc-Type: 4,ENCRYPTED\nMII"); }, by_both},
      {"a_certificate_with_control_characters", record, kPem,
       [](Image& i) { append_with(i, "MII", "MII\x1b"); }, by_both},
      {"a_certificate_that_does_not_end", record, kPem,
       [](Image& i) {
         append_text(i, kOrdersCertificate.substr(0, kOrdersCertificate.size() - 9));
       },
       by_both},
      {"a_certificate_in_other_lines", record, kPem,
       [](Image& i) { append_with(i, "MII", "MII\n"); }, by_both},
      {"a_nul_behind_a_certificate", record, kPem,
       [](Image& i) { append_text(i, std::string(kOrdersCertificate) + '\0'); }, by_both},
  };
}

}  // namespace shmx::test
