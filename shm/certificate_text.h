// The certificates that a process presents to its clients, as text: what of a PEM file is public,
// and that in the directory's record (shm/layout.h). No I/O, and nothing is known here of what a
// certificate says.
#ifndef SHM_EXPORTER_SHM_CERTIFICATE_TEXT_H
#define SHM_EXPORTER_SHM_CERTIFICATE_TEXT_H

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shm/descriptor.h"
#include "shm/layout.h"

namespace shmx {

struct CertificateText {
  std::string pem{};         ///< blocks of CERTIFICATE alone (RFC 7468), in lines of 64 characters
  std::size_t left_out = 0;  ///< certificates that are damaged, or for which there was no room
};

/// The certificates of a PEM text, in their order, at most layout::kMaxCertificateBytes of them.
/// Every other block, a private key above all, and every line outside of blocks stays out; so does
/// a block that holds anything but base64. The same text comes of the result again.
CertificateText certificates_in(std::string_view pem);

/// The directory's record of what certificates_in() gave.
std::vector<std::byte> encode_certificates(std::string_view pem);

/// The text of a record, its RecordHeader included. Admits what certificates_in() gives, and
/// nothing else.
Flaw decode_certificates(std::span<const std::byte> record, std::string& pem);

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_CERTIFICATE_TEXT_H
