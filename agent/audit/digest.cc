#include "agent/audit/digest.h"

#include <openssl/evp.h>

#include <limits>
#include <new>

namespace shmx::audit {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr unsigned kPrefixBits = 52;

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// Fetched once: looking it up by name costs as much as hashing a record.
const EVP_MD* algorithm() {
  static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm(), nullptr) != 1) {
    throw std::bad_alloc();
  }
  return digest;
}

std::string hex(const Digest& digest) {
  std::string text;
  text.reserve(digest.size() * 2);
  for (const std::uint8_t byte : digest) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 0xFU];
  }
  return text;
}

std::optional<Digest> from_hex(std::string_view text) {
  Digest digest{};
  if (text.size() != digest.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t value = kHexDigits.find(text[i]);
    if (value == std::string_view::npos) return std::nullopt;
    digest[i / 2] = static_cast<std::uint8_t>(digest[i / 2] << 4U | value);
  }
  return digest;
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero.
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     unsigned_bytes(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > std::numeric_limits<int>::max()) {
    return std::nullopt;
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), unsigned_bytes(text),
                      static_cast<int>(text.size())) < 0) {
    return std::nullopt;
  }
  // OpenSSL decodes padding as zeros, and takes spaces around the text.
  bytes.resize(bytes.size() - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
  if (base64(bytes) != text) return std::nullopt;
  return bytes;
}

std::string content_digest(const Digest& digest) {
  return "sha-256=:" + base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + ":";
}

std::uint64_t prefix_of(const Digest& digest) noexcept {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < sizeof(bits); ++i) {
    bits = bits << 8U | digest[i];
  }
  return bits >> (64U - kPrefixBits);
}

}  // namespace shmx::audit
