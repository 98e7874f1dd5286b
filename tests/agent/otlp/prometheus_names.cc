#include "tests/agent/otlp/prometheus_names.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

namespace shmx::otlp {
namespace {

using Tokens = std::vector<std::string>;

/// Letters and digits; what is between them is one underscore later.
Tokens tokens_of(const std::string& text) {
  Tokens tokens;
  std::string token;
  for (const char c : text + "_") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      token += c;
    } else if (!token.empty()) {
      tokens.push_back(token);
      token.clear();
    }
  }
  return tokens;
}

std::string join(const Tokens& tokens) {
  std::string text;
  for (const std::string& token : tokens) {
    text += (text.empty() ? "" : "_") + token;
  }
  return text;
}

std::string word_of(const std::map<std::string, std::string>& words, const std::string& unit) {
  const auto word = words.find(unit);
  return join(tokens_of(word == words.end() ? unit : word->second));
}

/// Appended unless it is in the name anywhere. Units in braces are annotations.
void append_unit(const std::string& word, const std::string& unit, Tokens& tokens) {
  if (unit.find_first_of("{}") == std::string::npos && !word.empty() &&
      std::find(tokens.begin(), tokens.end(), word) == tokens.end()) {
    tokens.push_back(word);
  }
}

/// The last word, and no other.
void set_last(const std::string& word, Tokens& tokens) {
  std::erase(tokens, word);
  tokens.push_back(word);
}

}  // namespace

std::string prometheus_name(const opentelemetry::proto::metrics::v1::Metric& metric) {
  static const std::map<std::string, std::string> kUnits = {{"d", "days"},
                                                            {"h", "hours"},
                                                            {"min", "minutes"},
                                                            {"s", "seconds"},
                                                            {"ms", "milliseconds"},
                                                            {"us", "microseconds"},
                                                            {"ns", "nanoseconds"},
                                                            {"By", "bytes"},
                                                            {"KiBy", "kibibytes"},
                                                            {"MiBy", "mebibytes"},
                                                            {"GiBy", "gibibytes"},
                                                            {"TiBy", "tibibytes"},
                                                            {"KBy", "kilobytes"},
                                                            {"MBy", "megabytes"},
                                                            {"GBy", "gigabytes"},
                                                            {"TBy", "terabytes"},
                                                            {"m", "meters"},
                                                            {"V", "volts"},
                                                            {"A", "amperes"},
                                                            {"J", "joules"},
                                                            {"W", "watts"},
                                                            {"g", "grams"},
                                                            {"Cel", "celsius"},
                                                            {"Hz", "hertz"},
                                                            {"1", ""},
                                                            {"%", "percent"}};
  static const std::map<std::string, std::string> kPerUnits = {
      {"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"},
      {"w", "week"},   {"mo", "month"}, {"y", "year"}};
  Tokens tokens = tokens_of(metric.name());
  const std::string& unit = metric.unit();
  const std::size_t slash = unit.find('/');
  const std::string main = unit.substr(0, slash);
  append_unit(word_of(kUnits, main), main, tokens);
  if (slash != std::string::npos) {
    const std::string per = unit.substr(slash + 1);
    append_unit("per_" + word_of(kPerUnits, per), per, tokens);
  }
  if (metric.has_sum() && metric.sum().is_monotonic()) {
    set_last("total", tokens);
  }
  if (metric.has_gauge() && unit == "1") {
    set_last("ratio", tokens);
  }
  std::string name = join(tokens);
  const bool digit = !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) != 0;
  return digit ? "_" + name : name;
}

}  // namespace shmx::otlp
