// Reads the list; see content_coding.h.
#include "agent/web/content_coding.h"

#include <optional>

#include "agent/web/http.h"

namespace shmx::web {
namespace {

/// In thousandths, as many as the standard allows.
constexpr int kWhole = 1000;

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// What is before the separator; `text` keeps what is behind it.
std::string_view next_part(std::string_view& text, char separator) noexcept {
  const auto end = text.find(separator);
  const auto part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return trimmed(part);
}

/// 0 to 1 with at most three decimals, in thousandths.
std::optional<int> weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return {};
  if (text.size() > 1 && text[1] != '.') return {};
  int thousandths = (text[0] - '0') * kWhole;
  int place = kWhole / 10;
  for (const char digit : text.substr(text.size() > 1 ? 2 : 1)) {
    if (digit < '0' || digit > '9') return {};
    thousandths += (digit - '0') * place;
    place /= 10;
  }
  return thousandths > kWhole ? std::nullopt : std::optional(thousandths);
}

/// The weight among a coding's parameters; whole without one, nothing where it is malformed.
std::optional<int> weight_of(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    std::string_view value = next_part(parameters, ';');
    if (same_name(next_part(value, '='), "q")) return weight(trimmed(value));
  }
  return kWhole;
}

}  // namespace

ContentCodings accepted_codings(std::string_view accept_encoding) noexcept {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> others;
  while (!accept_encoding.empty()) {
    std::string_view parameters = next_part(accept_encoding, ',');
    const auto name = next_part(parameters, ';');
    const auto q = weight_of(parameters);
    if (!q) continue;
    auto* known = same_name(name, "gzip") || same_name(name, "x-gzip") ? &gzip
                  : same_name(name, "identity")                        ? &identity
                  : name == "*"                                        ? &others
                                                                       : nullptr;
    if (known && !*known) *known = q;
  }
  const int gzip_weight = gzip.value_or(others.value_or(0));
  // What is not said about the identity allows it; only a weight of its own can prefer it.
  const bool takes_identity = identity.value_or(others.value_or(kWhole)) > 0;
  return {gzip_weight > 0 && gzip_weight >= identity.value_or(0), takes_identity};
}

}  // namespace shmx::web
