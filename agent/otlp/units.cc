// See units.h. The words are those that the OTLP to Prometheus translation makes of the units,
// tibibytes included
// (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics).
#include "agent/otlp/units.h"

#include <algorithm>
#include <iterator>

namespace shmx::otlp {
namespace {

struct Unit {
  std::string_view word;
  std::string_view ucum;
};

constexpr Unit kUnits[] = {
    {"amperes", "A"},       {"bytes", "By"},      {"celsius", "Cel"},    {"days", "d"},
    {"gibibytes", "GiBy"},  {"gigabytes", "GBy"}, {"grams", "g"},        {"hertz", "Hz"},
    {"hours", "h"},         {"joules", "J"},      {"kibibytes", "KiBy"}, {"kilobytes", "KBy"},
    {"mebibytes", "MiBy"},  {"megabytes", "MBy"}, {"meters", "m"},       {"microseconds", "us"},
    {"milliseconds", "ms"}, {"minutes", "min"},   {"nanoseconds", "ns"}, {"percent", "%"},
    {"ratio", "1"},         {"seconds", "s"},     {"tibibytes", "TiBy"}, {"terabytes", "TBy"},
    {"volts", "V"},         {"watts", "W"},
};

std::string_view without_suffix(std::string_view name, std::string_view suffix) noexcept {
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

bool ends_in_word(std::string_view name, std::string_view word) noexcept {
  return name.size() > word.size() + 1 && name.ends_with(word) &&
         name[name.size() - word.size() - 1] == '_';
}

}  // namespace

std::string_view ucum_unit(const model::FamilyInfo& info) noexcept {
  const std::string_view word = info.unit;
  // The translation takes 1 for a ratio in gauges alone.
  if (word.empty() || (word == "ratio" && info.type != model::Type::gauge)) {
    return {};
  }
  const bool is_counter = info.type == model::Type::counter;
  if (!ends_in_word(is_counter ? without_suffix(info.name, "_total") : info.name, word)) {
    return {};
  }
  const auto* const unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                        [word](const Unit& known) { return known.word == word; });
  return unit == std::end(kUnits) ? std::string_view() : unit->ucum;
}

}  // namespace shmx::otlp
