// The slow halves of numbers.h.
#include "agent/render/numbers.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <string_view>

namespace shmx::render {
namespace {

/// Below it an integral double has no exponent in Go's shortest form, so it prints as an integer.
constexpr double kIntegerLimit = 1e6;

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

}  // namespace shmx::render
