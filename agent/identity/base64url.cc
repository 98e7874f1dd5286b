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

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
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
