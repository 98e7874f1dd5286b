// See go_duration.h.
#include "agent/config/go_duration.h"

#include <charconv>
#include <cmath>
#include <string>

namespace shmx::config {
namespace {

struct GoUnit {
  std::string_view name;
  double ns;
};

// "ms" stands before "m". Both signs for micro are in use.
constexpr GoUnit kGoUnits[] = {{"ns", 1},   {"us", 1e3}, {"\u00b5s", 1e3}, {"\u03bcs", 1e3},
                               {"ms", 1e6}, {"s", 1e9},  {"m", 60e9},      {"h", 3600e9}};

/// What a count of ns in 64 bits ends at, and what a double holds to the ns is 104 days: as exact
/// as a rate limit needs.
constexpr double kMostNs = 9.2e18;

constexpr std::string_view kNumber = "0123456789.";

const GoUnit* unit_at(std::string_view text) noexcept {
  for (const GoUnit& unit : kGoUnits) {
    if (text.starts_with(unit.name)) {
      return &unit;
    }
  }
  return nullptr;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text) noexcept {
  if (text == "0") {
    return std::chrono::nanoseconds(0);
  }
  if (text.empty()) {
    return std::nullopt;
  }
  double sum_ns = 0;
  while (!text.empty()) {
    const std::string_view digits = text.substr(0, text.find_first_not_of(kNumber));
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number,
                                              std::chars_format::fixed);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return std::nullopt;
    }
    text.remove_prefix(digits.size());
    const GoUnit* const unit = unit_at(text);
    if (unit == nullptr) {
      return std::nullopt;
    }
    text.remove_prefix(unit->name.size());
    sum_ns += number * unit->ns;
    if (sum_ns > kMostNs) {
      return std::nullopt;
    }
  }
  return std::chrono::nanoseconds(std::llround(sum_ns));
}

}  // namespace shmx::config
