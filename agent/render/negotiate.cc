// The Accept header against what there is. Clients write what they like here, so each byte is
// looked at a fixed number of times, and nothing of the header reaches the answer: what is named in
// it is one of the words below.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "agent/render/format.h"
#include "agent/render/text.h"

namespace shmx::render {
namespace {

/// https://prometheus.io/docs/instrumenting/content_negotiation
constexpr std::array<std::string_view, 4> kEscapingSchemes = {"allow-utf-8", "underscores", "dots",
                                                              "values"};

constexpr std::string_view kProtobufContentType =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Without regard to case; `word` is in lower case.
bool is(std::string_view text, std::string_view word) noexcept {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return lower(a) == b; });
}

std::string_view trim(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// Takes what comes before the next separator off the front of `rest`; one within quotes is none.
std::string_view take(std::string_view& rest, char separator) noexcept {
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size() && (quoted || rest[i] != separator); ++i) {
    if (rest[i] == '"') {
      quoted = !quoted;
    } else if (rest[i] == '\\' && quoted) {
      ++i;
    }
  }
  const std::string_view taken = rest.substr(0, i);
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return trim(taken);
}

/// No value that is looked for has a character that quotes would have to escape.
std::string_view unquoted(std::string_view value) noexcept {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

/// One of the header's alternatives, as far as its parameters matter here. The last of equal ones
/// counts.
struct Clause {
  std::string_view type;
  std::string_view version;
  std::string_view proto;
  std::string_view encoding;
  std::string_view escaping;
  double q = 1;  ///< 0: not acceptable
};

/// A weight above 1 is 1; one that is no number says nothing that could be relied on, so it is 0.
double parse_q(std::string_view text) noexcept {
  double q = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), q);
  const bool valid = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && q > 0;
  return valid ? std::min(q, 1.0) : 0;
}

Clause parse_clause(std::string_view text) noexcept {
  Clause clause;
  clause.type = take(text, ';');
  while (!text.empty()) {
    std::string_view value = take(text, ';');
    const std::string_view name = take(value, '=');
    value = unquoted(trim(value));
    if (is(name, "version")) {
      clause.version = value;
    } else if (is(name, "proto")) {
      clause.proto = value;
    } else if (is(name, "encoding")) {
      clause.encoding = value;
    } else if (is(name, "escaping")) {
      clause.escaping = value;
    } else if (is(name, "q")) {
      clause.q = parse_q(value);
    }
  }
  return clause;
}

/// The format that a clause names, if it is offered.
std::optional<Format> named_format(const Clause& clause) noexcept {
  if (is(clause.type, "text/plain")) {
    const bool known = clause.version.empty() || clause.version == "0.0.4";
    return known ? std::optional(Format::text) : std::nullopt;
  }
  if (is(clause.type, "application/openmetrics-text")) {
    if (clause.version == "1.0.0") {
      return Format::openmetrics_1_0_0;
    }
    const bool oldest = clause.version.empty() || clause.version == "0.0.1";
    return oldest ? std::optional(Format::openmetrics_0_0_1) : std::nullopt;
  }
  if (is(clause.type, "application/vnd.google.protobuf") &&
      clause.proto == "io.prometheus.client.MetricFamily" && clause.encoding == "delimited") {
    return Format::protobuf;
  }
  return std::nullopt;
}

using Excluded = std::array<bool, 4>;

std::optional<Format> first_allowed(std::initializer_list<Format> formats,
                                    const Excluded& excluded) noexcept {
  for (const Format format : formats) {
    if (!excluded[static_cast<std::size_t>(format)]) {
      return format;
    }
  }
  return std::nullopt;
}

/// What a clause gets. A wildcard gets the format that most can read.
std::optional<Format> format_for(const Clause& clause, const Excluded& excluded) noexcept {
  if (is(clause.type, "*/*")) {
    return first_allowed({Format::text, Format::openmetrics_1_0_0, Format::protobuf}, excluded);
  }
  if (is(clause.type, "text/*")) {
    return first_allowed({Format::text}, excluded);
  }
  if (is(clause.type, "application/*")) {
    return first_allowed({Format::openmetrics_1_0_0, Format::protobuf}, excluded);
  }
  return named_format(clause);
}

std::string known_scheme(std::string_view escaping) {
  const auto* const found = std::find(kEscapingSchemes.begin(), kEscapingSchemes.end(), escaping);
  return found == kEscapingSchemes.end() ? std::string() : std::string(*found);
}

}  // namespace

Negotiated negotiate(std::string_view accept) {
  Excluded excluded{};
  for (std::string_view rest = accept; !rest.empty();) {
    const Clause clause = parse_clause(take(rest, ','));
    const std::optional<Format> format = named_format(clause);
    if (format && clause.q == 0) {
      excluded[static_cast<std::size_t>(*format)] = true;
    }
  }
  // Of equal weights the first wins, as if all were sorted.
  Negotiated best;
  double best_q = 0;
  for (std::string_view rest = accept; !rest.empty();) {
    const Clause clause = parse_clause(take(rest, ','));
    const std::optional<Format> format = format_for(clause, excluded);
    if (format && clause.q > best_q) {
      best = {*format, known_scheme(clause.escaping)};
      best_q = clause.q;
    }
  }
  return best;
}

std::string content_type(const Negotiated& negotiated) {
  std::string type;
  switch (negotiated.format) {
    case Format::text:
      type = kTextContentType;
      break;
    case Format::openmetrics_0_0_1:
      type = "application/openmetrics-text; version=0.0.1; charset=utf-8";
      break;
    case Format::openmetrics_1_0_0:
      type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
      break;
    case Format::protobuf:
      type = kProtobufContentType;
      break;
  }
  if (!negotiated.escaping.empty()) {
    type += "; escaping=" + negotiated.escaping;
  }
  return type;
}

}  // namespace shmx::render
