// Splits and decodes; see query.h.
#include "agent/web/query.h"

#include <charconv>
#include <optional>
#include <utility>

namespace shmx::web {
namespace {

/// %XX is a byte and + a blank. Nothing where a % is not followed by two hexadecimal digits.
std::optional<std::string> decoded(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '%') {
      bytes += c == '+' ? ' ' : c;
      continue;
    }
    unsigned char byte = 0;
    const auto* const end = text.data() + (text.size() < 2 ? 0 : 2);
    if (end == text.data() || std::from_chars(text.data(), end, byte, 16).ptr != end) return {};
    bytes += static_cast<char>(byte);
    text.remove_prefix(2);
  }
  return bytes;
}

}  // namespace

Result<std::vector<std::string>> query_values(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto parameter = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const auto equals = parameter.find('=');
    if (decoded(parameter.substr(0, equals)) != name) continue;
    const auto encoded =
        equals == std::string_view::npos ? std::string_view() : parameter.substr(equals + 1);
    auto value = decoded(encoded);
    if (!value) {
      return Error{"parameter " + std::string(name) +
                   ": expected two hexadecimal digits after each %"};
    }
    if (value->size() > kMaxQueryValueBytes) {
      return Error{"parameter " + std::string(name) + ": expected at most " +
                   std::to_string(kMaxQueryValueBytes) + " bytes, got " +
                   std::to_string(value->size())};
    }
    if (values.size() == kMaxQueryValues) {
      return Error{"parameter " + std::string(name) + ": expected at most " +
                   std::to_string(kMaxQueryValues) + " of them"};
    }
    values.push_back(*std::move(value));
  }
  return values;
}

}  // namespace shmx::web
