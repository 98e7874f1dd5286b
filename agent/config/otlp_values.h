// How the values of OTLP's settings are written: numbers with units, and pairs. Pure functions.
#ifndef SHM_EXPORTER_AGENT_CONFIG_OTLP_VALUES_H
#define SHM_EXPORTER_AGENT_CONFIG_OTLP_VALUES_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shmx::config {

/// ASCII letters in lower case; other bytes as they are.
std::string lower_case(std::string_view text);

/// Without the blanks (space, tab) around it.
std::string_view trimmed(std::string_view text) noexcept;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

inline constexpr Unit kDurationUnits[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
inline constexpr Unit kSizeUnits[] = {
    {"", 1}, {"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}};
inline constexpr Unit kNoUnit[] = {{"", 1}};

/// Decimal digits and one of the units, such as 30s. Nothing if it is anything else or too large.
std::optional<std::uint64_t> number_in(std::string_view text, std::span<const Unit> units) noexcept;

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What the standard writes headers and resource attributes as: `name=value,name2=value2`, blanks
/// around either left out, both percent-decoded; see https://www.w3.org/TR/baggage. Metadata after
/// a semicolon is not known there: it is a part of the value. Nothing if it is anything else.
std::optional<Pairs> pairs_in(std::string_view text);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_OTLP_VALUES_H
