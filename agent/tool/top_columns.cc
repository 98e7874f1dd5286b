// See top_columns.h.
#include "agent/tool/top_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

#include "agent/tool/printable.h"

namespace shmx::tool::top {
namespace {

enum class Form { count, per_second, percent, latency };

using Number = std::optional<double> Calls::*;
using Latency = std::optional<Quantile> Calls::*;

/// What is behind a column; the columns of names and processes are Row's own.
struct Source {
  Calls Row::*side = nullptr;
  std::variant<Number, Latency> value;
  Form form = Form::count;
};

constexpr std::array kColumns = {
    Column{"job", "JOB", 0, true, "The service's name."},
    Column{"method", "METHOD", 0, true, "The gRPC service and method."},
    Column{"procs", "PROCS", 6, false, "Live processes of the job."},
    Column{"rate", "RPC/S", 7, false, "RPCs that ended per second, on the server side."},
    Column{"errors", "ERR%", 6, false, "Of these, in percent, those with a code other than OK."},
    Column{"p50", "P50", 7, false, "Half of them took at most this long."},
    Column{"p99", "P99", 7, false, "99% of them took at most this long."},
    Column{"flight", "FLIGHT", 7, false, "RPCs under way."},
    Column{"client-rate", "CL RPC/S", 9, false, "The same of calls that the job makes."},
    Column{"client-errors", "CL ERR%", 8, false, ""},
    Column{"client-p50", "CL P50", 7, false, ""},
    Column{"client-p99", "CL P99", 7, false, ""},
    Column{"client-flight", "CL FLIGHT", 10, false, ""},
};

// By index in kColumns.
constexpr std::size_t kJob = 0;
constexpr std::size_t kMethod = 1;
constexpr std::size_t kProcesses = 2;
const std::array<Source, kColumns.size()> kSources = {{
    {},
    {},
    {},
    {&Row::server, &Calls::rate, Form::per_second},
    {&Row::server, &Calls::error_ratio, Form::percent},
    {&Row::server, &Calls::p50, Form::latency},
    {&Row::server, &Calls::p99, Form::latency},
    {&Row::server, &Calls::in_flight, Form::count},
    {&Row::client, &Calls::rate, Form::per_second},
    {&Row::client, &Calls::error_ratio, Form::percent},
    {&Row::client, &Calls::p50, Form::latency},
    {&Row::client, &Calls::p99, Form::latency},
    {&Row::client, &Calls::in_flight, Form::count},
}};

std::size_t index_of(const Column& column) {
  return static_cast<std::size_t>(&column - kColumns.data());
}

/// Three significant digits, without zeros at the end of a fraction: 0.05, 1.23, 45.6, 789.
std::string three_digits(double value) {
  const double size = std::abs(value);
  const int decimals = size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (decimals > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
      text.pop_back();
    }
  }
  return text;
}

std::string duration_text(double seconds) {
  if (seconds < 999.5e-6) {
    return three_digits(seconds * 1e6) + "µs";
  }
  if (seconds < 999.5e-3) {
    return three_digits(seconds * 1e3) + "ms";
  }
  return short_number(seconds) + "s";
}

std::string number_text(double value, Form form) {
  switch (form) {
    case Form::percent:
      return three_digits(value * 100);
    case Form::latency:
      return duration_text(value);
    case Form::count:
    case Form::per_second:
      break;
  }
  return short_number(value);
}

const Quantile* latency_of(const Source& source, const Row& row) {
  const Latency* member = std::get_if<Latency>(&source.value);
  if (source.side == nullptr || member == nullptr) {
    return nullptr;
  }
  const std::optional<Quantile>& latency = (row.*source.side).**member;
  return latency ? &*latency : nullptr;
}

}  // namespace

std::span<const Column> columns() {
  return kColumns;
}

const Column* find_column(std::string_view key) {
  const auto* found = std::find_if(kColumns.begin(), kColumns.end(),
                                   [&](const Column& column) { return column.key == key; });
  return found != kColumns.end() ? found : nullptr;
}

bool belongs_to(const Column& column, Grouping grouping) {
  return grouping == Grouping::job ? index_of(column) != kMethod : index_of(column) != kProcesses;
}

std::optional<double> sort_number(const Column& column, const Row& row) {
  if (index_of(column) == kProcesses) {
    return row.processes;
  }
  const Source& source = kSources[index_of(column)];
  if (const Quantile* latency = latency_of(source, row)) {
    return latency->seconds;
  }
  const Number* member = std::get_if<Number>(&source.value);
  return source.side != nullptr && member != nullptr ? (row.*source.side).**member : std::nullopt;
}

std::string_view sort_name(const Column& column, const Row& row) {
  return index_of(column) == kJob ? row.job : row.method;
}

std::string cell(const Column& column, const Row& row) {
  if (column.is_name) {
    return printable(sort_name(column, row));
  }
  const std::optional<double> value = sort_number(column, row);
  if (!value) {
    return "-";
  }
  const Source& source = kSources[index_of(column)];
  const Quantile* latency = latency_of(source, row);
  const bool beyond = latency != nullptr && latency->beyond;
  return fmt::format("{}{}", beyond ? ">" : "", number_text(*value, source.form));
}

bool is_alarming(const Column& column, const Row& row) {
  return kSources[index_of(column)].form == Form::percent &&
         sort_number(column, row).value_or(0) > 0;
}

std::string short_number(double value) {
  constexpr std::array kUnits = {"", "k", "M", "G", "T", "P"};
  std::size_t unit = 0;
  while (std::abs(value) >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return three_digits(value) + kUnits[unit];
}

}  // namespace shmx::tool::top
