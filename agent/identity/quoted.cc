#include "agent/identity/quoted.h"

#include <algorithm>
#include <cstddef>

namespace shmx::identity {
namespace {

// A line of a log stays readable, whatever was presented: a SPIFFE ID is usually below 100 bytes.
constexpr std::size_t kMaxQuotedBytes = 200;
constexpr std::size_t kMaxListed = 5;

constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text.substr(0, kMaxQuotedBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '"') {
      result += "\\x";
      result += kHexDigits[byte >> 4];
      result += kHexDigits[byte & 15];
    } else {
      result += c;
    }
  }
  return result + (text.size() > kMaxQuotedBytes ? "...\"" : "\"");
}

std::string quoted_list(const std::vector<std::string>& texts) {
  if (texts.empty()) return "none";
  std::string result;
  const std::size_t listed = std::min(texts.size(), kMaxListed);
  for (std::size_t i = 0; i < listed; ++i) {
    result += (i == 0 ? "" : ", ") + in_quotes(texts[i]);
  }
  if (texts.size() > listed) {
    result += " and " + std::to_string(texts.size() - listed) + " more";
  }
  return result;
}

}  // namespace shmx::identity
