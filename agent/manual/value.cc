// See value.h.
#include "agent/manual/value.h"

#include <algorithm>

namespace shmx::manual {

ValueKind kind_of_value(const std::string& name, const std::string& value) {
  if (value.find('|') != std::string::npos) {
    // What is not to be written as it is has capitals: unix:PATH|HOST:PORT.
    const bool are_words = std::ranges::none_of(value, [](char c) { return c >= 'A' && c <= 'Z'; });
    return are_words ? ValueKind::words : ValueKind::other;
  }
  if (value == "DIR" || name.ends_with("directory")) {
    return ValueKind::directory;
  }
  const bool is_file = value == "FILE" || value == "PATH" || value.ends_with(".pem");
  // A path of a URL is none of the host's.
  return is_file && name != "--web.telemetry-path" ? ValueKind::file : ValueKind::other;
}

std::string words_of(const std::string& value) {
  std::string words = value;
  std::ranges::replace(words, '|', ' ');
  return words;
}

}  // namespace shmx::manual
