// See otlp_values.h.
#include "agent/config/otlp_values.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace shmx::config {
namespace {

constexpr std::string_view kBlanks = " \t";

std::optional<std::string> percent_decoded(std::string_view text) {
  constexpr std::size_t kEscape = 3;  // %41
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const std::string_view digits = text.substr(i + 1, kEscape - 1);
    unsigned byte = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc() || digits.size() < kEscape - 1 ||
        end != digits.data() + digits.size()) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(byte));
    i += kEscape - 1;
  }
  return decoded;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::uint64_t> number_in(std::string_view text,
                                       std::span<const Unit> units) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto unit = std::ranges::find(units, rest, &Unit::name);
  if (unit == units.end() || number > std::numeric_limits<std::uint64_t>::max() / unit->factor) {
    return std::nullopt;
  }
  return number * unit->factor;
}

std::optional<Pairs> pairs_in(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const std::string_view member = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), member.size() + 1));
    if (trimmed(member).empty()) {
      continue;  // A comma too many says nothing.
    }
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    auto name = percent_decoded(trimmed(member.substr(0, equals)));
    auto value = percent_decoded(trimmed(member.substr(equals + 1)));
    if (!name || name->empty() || !value) {
      return std::nullopt;
    }
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

}  // namespace shmx::config
