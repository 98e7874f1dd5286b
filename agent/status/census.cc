#include "agent/status/census.h"

#include <algorithm>

namespace shmx::status {
namespace {

/// shm/segment_file.cc: 128 bits.
constexpr std::size_t kRandomDigits = 32;

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string shown_path(std::string_view directory, std::string_view name) {
  std::string path(directory);
  path += '/';
  const std::size_t dot = name.starts_with('.') ? 1 : 0;
  const std::string_view random = name.substr(dot, kRandomDigits);
  if (random.size() != kRandomDigits || !is_hexadecimal(random)) {
    return path.append(name);
  }
  path.append(name.substr(0, dot + kShownNameDigits)).append("…");
  return path.append(name.substr(dot + kRandomDigits));
}

}  // namespace shmx::status
