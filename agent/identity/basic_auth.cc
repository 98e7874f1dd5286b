#include "agent/identity/basic_auth.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>

namespace shmx::identity {
namespace {

// A password is of at most 72 bytes, and a name is one of web-config.yml: more is a flood.
constexpr std::size_t kMaxEncodedBytes = 4'096;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// OpenSSL's decoder takes more than the RFC allows: what it would not have written itself is
/// refused.
std::optional<std::string> decode(std::string_view base64) {
  if (base64.empty() || base64.size() % 4 != 0 || base64.size() > kMaxEncodedBytes) {
    return std::nullopt;
  }
  std::string decoded(base64.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                   bytes_of(base64), static_cast<int>(base64.size()));
  if (size < 0) return std::nullopt;
  // It counts what the padding stands for.
  const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
  decoded.resize(static_cast<std::size_t>(size) - std::min<std::size_t>(size, padding));
  std::string again(base64.size() + 1, '\0');
  const int again_size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(again.data()),
                                         bytes_of(decoded), static_cast<int>(decoded.size()));
  again.resize(static_cast<std::size_t>(again_size));
  if (again != base64) return std::nullopt;
  return decoded;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::optional<BasicCredentials> parse_basic(std::string_view base64) {
  const auto decoded = decode(base64);
  if (!decoded || std::ranges::any_of(*decoded, is_control)) return std::nullopt;
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return BasicCredentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace shmx::identity
