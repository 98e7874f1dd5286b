// The slow halves of numbers.h.
#include "agent/render/numbers.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

namespace shmx::render {
namespace {

/// Below it an integral double has no exponent in Go's shortest form, so it prints as an integer.
constexpr double kIntegerLimit = 1e6;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

char* write_word(char* out, std::string_view word) noexcept {
  std::memcpy(out, word.data(), word.size());
  return out + word.size();
}

}  // namespace

char* write_wide_ticks(char* out, model::Ticks value) noexcept {
  return fmt::format_to(out, FMT_COMPILE("{}"), value);
}

char* write_double(char* out, double value) noexcept {
  // Integers are several times cheaper than shortest doubles, and gauges mostly are integers. Minus
  // zero is none: it keeps its sign.
  if (value < kIntegerLimit && value >= 0 && !std::signbit(value)) {
    const auto whole = static_cast<std::uint32_t>(value);
    if (static_cast<double>(whole) == value) {
      return std::to_chars(out, out + kMaxNumberBytes, whole).ptr;
    }
  }
  if (std::isfinite(value)) [[likely]] {
    return std::to_chars(out, out + kMaxNumberBytes, value, std::chars_format::general).ptr;
  }
  return write_word(out, std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
}

char* write_float(char* out, double value) noexcept {
  char* const end = write_double(out, value);
  // Digits and a sign are all that an integer has.
  const bool integer =
      std::all_of(out, end, [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
  return integer ? write_word(end, ".0") : end;
}

char* write_seconds(char* out, std::int64_t ns) noexcept {
  char* end = fmt::format_to(out, FMT_COMPILE("{}.{:09}"), ns / kNsPerSecond, ns % kNsPerSecond);
  while (end[-1] == '0' && end[-2] != '.') {
    --end;
  }
  return end;
}

}  // namespace shmx::render
