#include "agent/status/utf8.h"

#include <cstddef>

#include "shm/descriptor.h"

namespace shmx::status {
namespace {

constexpr std::size_t kLongestCharacter = 4;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes of the character at the beginning; 0: there is none.
std::size_t character(std::string_view text) {
  for (std::size_t size = 1; size <= kLongestCharacter && size <= text.size(); ++size) {
    if (is_utf8(text.substr(0, size))) {
      return size;
    }
  }
  return 0;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  if (is_utf8(text)) {
    return std::string(text);
  }
  std::string valid;
  while (!text.empty()) {
    const std::size_t size = character(text);
    valid += size != 0 ? text.substr(0, size) : kReplacement;
    text.remove_prefix(size != 0 ? size : 1);
  }
  return valid;
}

}  // namespace shmx::status
