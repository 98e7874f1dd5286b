#include "shm/certificate_text.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace shmx {
namespace {

using layout::CertificatesRecord;

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

/// RFC 7468: what generators write, and every parser reads.
constexpr std::size_t kLineCharacters = 64;

bool is_base64(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

bool is_base64_or_padding(char c) noexcept {
  return is_base64(c) || c == '=';
}

/// Takes the next line off a text, without its end and what cannot be seen before that.
std::string_view take_line(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

/// Whole groups of four characters, of which at most the last two are padding.
bool is_whole(std::string_view body) noexcept {
  const std::size_t padding = body.size() - (body.find_last_not_of('=') + 1);
  return !body.empty() && body.size() % 4 == 0 && padding <= 2 &&
         std::all_of(body.begin(), body.end() - static_cast<std::ptrdiff_t>(padding), is_base64);
}

std::string block_of(std::string_view body) {
  std::string block(kBegin);
  for (std::size_t at = 0; at < body.size(); at += kLineCharacters) {
    block.append(1, '\n').append(body.substr(at, kLineCharacters));
  }
  return block.append(1, '\n').append(kEnd).append(1, '\n');
}

}  // namespace

CertificateText certificates_in(std::string_view pem) {
  CertificateText found;
  bool inside = false;  // Of a block that may become a certificate.
  bool full = false;    // A chain with a gap would be another chain.
  std::string body;
  const auto leave_out = [&] { found.left_out += std::exchange(inside, false) ? 1 : 0; };
  while (!pem.empty()) {
    const std::string_view line = take_line(pem);
    if (line == kBegin) {
      leave_out();  // It did not end.
      inside = true;
      body.clear();
    } else if (inside && line == kEnd && is_whole(body)) {
      const std::string block = block_of(body);
      full = full || found.pem.size() + block.size() > layout::kMaxCertificateBytes;
      if (full) {
        leave_out();
      } else {
        found.pem += block;
        inside = false;
      }
    } else if (inside && std::all_of(line.begin(), line.end(), is_base64_or_padding)) {
      body += line;
    } else {
      leave_out();  // Whatever it is, it is no certificate.
    }
  }
  leave_out();
  return found;
}

std::vector<std::byte> encode_certificates(std::string_view pem) {
  const std::size_t bytes = (sizeof(CertificatesRecord) + pem.size() + 7) / 8 * 8;
  const CertificatesRecord fixed{{static_cast<std::uint32_t>(bytes),
                                  static_cast<std::uint16_t>(layout::RecordType::certificates), 0},
                                 static_cast<std::uint32_t>(pem.size()),
                                 0};
  std::vector<std::byte> record(bytes);
  std::memcpy(record.data(), &fixed, sizeof(fixed));
  std::memcpy(record.data() + sizeof(fixed), pem.data(), pem.size());
  return record;
}

Flaw decode_certificates(std::span<const std::byte> record, std::string& pem) {
  CertificatesRecord fixed;
  if (record.size() < sizeof(fixed)) {
    return {Flaw::Part::shape, "expected a record of certificates as long as its parts"};
  }
  std::memcpy(&fixed, record.data(), sizeof(fixed));
  if (fixed.text_bytes == 0 || fixed.text_bytes > layout::kMaxCertificateBytes) {
    return {Flaw::Part::shape, "expected certificates of 1 to " +
                                   std::to_string(layout::kMaxCertificateBytes) + " bytes"};
  }
  if (record.size() - sizeof(fixed) < fixed.text_bytes) {
    return {Flaw::Part::shape, "expected a record of certificates as long as its parts"};
  }
  std::string text(reinterpret_cast<const char*>(record.data()) + sizeof(fixed), fixed.text_bytes);
  if (certificates_in(text).pem != text) {
    return {Flaw::Part::shape, "expected certificates in PEM and nothing beside them"};
  }
  pem = std::move(text);
  return {};
}

}  // namespace shmx
