#include "agent/identity/base64url.h"

#include <cjose/base64.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace shmx::identity {
namespace {

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  // First, for cjose 0.6.2.1 ends the process (an assert) on a lone letter before padding, "A===".
  if (text.find_first_not_of(kLetters) != std::string_view::npos || text.size() % 4 == 1) return {};
  if (text.empty()) return std::string();
  std::uint8_t* decoded = nullptr;
  std::size_t size = 0;
  if (!cjose_base64url_decode(text.data(), text.size(), &decoded, &size, nullptr)) return {};
  const std::unique_ptr<std::uint8_t, Free> bytes(decoded);

  char* encoded = nullptr;
  std::size_t encoded_size = 0;
  if (!cjose_base64url_encode(decoded, size, &encoded, &encoded_size, nullptr)) return {};
  const std::unique_ptr<char, Free> again(encoded);
  if (std::string_view(encoded, encoded_size) != text) return {};
  return std::string(reinterpret_cast<const char*>(decoded), size);
}

}  // namespace shmx::identity
