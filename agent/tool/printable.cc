// See printable.h.
#include "agent/tool/printable.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

namespace shmx::tool {
namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

/// U+0080 to U+009F: 0xC2 and then a byte below 0xA0.
bool is_c1(unsigned char lead, unsigned char next) {
  return lead == 0xc2 && next < 0xa0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const unsigned char next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0xff;
    if (is_control(c)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
    } else if (is_c1(c, next)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", next);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string time_text(std::uint64_t unix_ns) {
  const auto seconds = static_cast<std::time_t>(unix_ns / kNanosecondsPerSecond);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z", fmt::gmtime(seconds),
                     unix_ns % kNanosecondsPerSecond);
}

std::string seconds_text(std::int64_t unix_s) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(std::max<std::int64_t>(unix_s, 0))));
}

}  // namespace shmx::tool
