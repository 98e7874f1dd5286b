// See final_values.h.
#include "agent/main/collector/final_values.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace shmx {
namespace {

void append(std::string& bytes, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    bytes += static_cast<char>(number >> shift & 0xff);
  }
}

void append(std::string& bytes, std::string_view text) {
  append(bytes, std::uint64_t{text.size()});
  bytes += text;
}

std::string hexadecimal(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 0xfU];
  }
  return text;
}

}  // namespace

std::string digest_of(std::string_view job, const std::vector<aggregate::FinalSeries>& series) {
  std::string bytes;
  append(bytes, job);
  for (const aggregate::FinalSeries& one : series) {
    append(bytes, one.family);
    append(bytes, one.labels);
    append(bytes, std::uint64_t{one.cells.size()});
    for (const std::uint64_t cell : one.cells) {
      append(bytes, cell);
    }
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(), digest.data(), &size) !=
      1) {
    return {};
  }
  return hexadecimal(digest.data(), size);
}

}  // namespace shmx
