// A service process for tests: counts what it is told to, through the public API, and answers each
// command with one line. Dies when stdin ends, as killed or as told.
//
//   shmx_segment_writer DIRECTORY SERVICE [MAX_SERIES]
//
//   counter ID NAME [ticks=N] [help=TEXT] [unit=U] [exemplars=1] [LABEL=VALUE...]
//   gauge ID NAME mode=sum|min|max|mostrecent|all [...]      in_flight ID NAME [...]
//   histogram ID NAME bounds=0.1,1 [native=SCHEMA] [ticks=N] [negative=1] [exemplars=1] [...]
//   add ID N [TRACE] | fraction ID X | set ID X | change ID X | observe ID X [TRACE]
//   certificates FILE | republish | publish | path | pid | losses | exit CODE
//
// native=: exponential buckets beside those of bounds=, or alone without bounds. TRACE: the trace
// id of the exemplar, 32 hexadecimal digits; its span id are the first 16 of them.
//
// Answers: "ok" with a value where there is one, or "error TEXT". In values, %XX is a byte; a label
// whose name is one of the options above is given as label:NAME=VALUE.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "shim/metrics.h"
#include "shm/registry.h"

namespace {

using Handle = std::variant<shmx::Counter, shmx::Gauge, shmx::InFlight, shmx::Histogram>;

std::map<std::string, Handle>& handles() {
  static std::map<std::string, Handle> instance;
  return instance;
}

std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

struct Declaration {
  std::string name;
  std::map<std::string, std::string> options;
  shmx::Labels labels;

  std::string option(const std::string& key, const std::string& otherwise = "") const {
    const auto found = options.find(key);
    return found == options.end() ? otherwise : found->second;
  }
};

Declaration parse(std::istream& words) {
  static const std::vector<std::string> kOptions = {"ticks",  "help",   "unit",     "mode",
                                                    "bounds", "native", "negative", "exemplars"};
  Declaration declaration;
  words >> declaration.name;
  for (std::string word; words >> word;) {
    const std::size_t split = word.find('=');
    std::string key = word.substr(0, split);
    const std::string value = decoded(word.substr(split + 1));
    if (std::find(kOptions.begin(), kOptions.end(), key) != kOptions.end()) {
      declaration.options[key] = value;
      continue;
    }
    if (key.starts_with("label:")) {
      key.erase(0, 6);
    }
    declaration.labels.push_back({key, value});
  }
  return declaration;
}

std::vector<double> numbers(const std::string& text) {
  std::vector<double> all;
  std::istringstream stream(text);
  for (std::string number; std::getline(stream, number, ',');) {
    all.push_back(std::stod(number));
  }
  return all;
}

shmx::GaugeMode mode_of(const std::string& word) {
  if (word == "min") return shmx::GaugeMode::min;
  if (word == "max") return shmx::GaugeMode::max;
  if (word == "mostrecent") return shmx::GaugeMode::most_recent;
  if (word == "all") return shmx::GaugeMode::all;
  return shmx::GaugeMode::sum;
}

Handle declare(const std::string& kind, const Declaration& declaration) {
  const std::string help = declaration.option("help", "Help.");
  const std::string unit = declaration.option("unit");
  if (kind == "counter") {
    shmx::CounterOptions options;
    options.ticks_per_unit = std::stoull(declaration.option("ticks", "1"));
    options.unit = unit;
    options.exemplars = !declaration.option("exemplars").empty();
    return shmx::counter(declaration.name, help, options).labels(declaration.labels);
  }
  if (kind == "gauge") {
    shmx::GaugeOptions options;
    options.mode = mode_of(declaration.option("mode"));
    options.unit = unit;
    return shmx::gauge(declaration.name, help, options).labels(declaration.labels);
  }
  if (kind == "in_flight") {
    return shmx::in_flight(declaration.name, help).labels(declaration.labels);
  }
  shmx::HistogramOptions options;
  options.bounds = numbers(declaration.option("bounds"));
  options.ticks_per_unit = std::stoull(declaration.option("ticks", "1000000000"));
  options.unit = unit;
  options.admits_negative = !declaration.option("negative").empty();
  options.exemplars = !declaration.option("exemplars").empty();
  if (const std::string schema = declaration.option("native"); !schema.empty()) {
    options.buckets = options.bounds.empty() ? shmx::BucketKind::native : shmx::BucketKind::both;
    options.native.schema = std::stoi(schema);
  }
  return shmx::histogram(declaration.name, help, options).labels(declaration.labels);
}

shmx::SpanContext span_of(const std::string& digits) {
  shmx::SpanContext span;
  for (std::size_t i = 0; i < span.trace_id.size() && 2 * i + 1 < digits.size(); ++i) {
    span.trace_id[i] = static_cast<std::uint8_t>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
  }
  std::copy_n(span.trace_id.begin(), span.span_id.size(), span.span_id.begin());
  return span;
}

bool count(const std::string& verb, const Handle& handle, double value,
           const shmx::SpanContext& span) {
  if (const auto* const counter = std::get_if<shmx::Counter>(&handle)) {
    verb == "fraction" ? counter->add_fraction(value)
                       : counter->add(static_cast<std::uint64_t>(value), span);
  } else if (const auto* const gauge = std::get_if<shmx::Gauge>(&handle)) {
    verb == "set" ? gauge->set(value) : gauge->add(value);
  } else if (const auto* const in_flight = std::get_if<shmx::InFlight>(&handle)) {
    in_flight->add(static_cast<std::int64_t>(value));
  } else {
    std::get<shmx::Histogram>(handle).observe(value, span);
  }
  return true;
}

std::string losses() {
  std::string text = "ok";
  for (const std::uint64_t loss : shmx::losses()) {
    text.append(1, ' ').append(std::to_string(loss));
  }
  return text;
}

std::string run(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  std::string id;
  words >> verb;
  if (verb == "publish") {
    shmx::publish();
    return shmx::segment_path().empty() ? "error no segment" : "ok";
  }
  if (verb == "path") return "ok " + shmx::segment_path();
  if (verb == "pid") return "ok " + std::to_string(::getpid());
  if (verb == "losses") return losses();
  if (verb == "republish") {
    shmx::republish_certificates();
    return "ok";
  }
  words >> id;
  if (verb == "certificates") {  // Before the first count.
    shmx::ProcessOptions options;
    options.certificate_chain_file = id;
    return shmx::configure(options) ? "ok" : "error too late";
  }
  if (verb == "exit") std::exit(std::stoi(id));
  if (verb == "counter" || verb == "gauge" || verb == "in_flight" || verb == "histogram") {
    handles()[id] = declare(verb, parse(words));
    return "ok";
  }
  const auto handle = handles().find(id);
  double value = 0;
  if (handle == handles().end() || !(words >> value)) {
    return "error unknown command or handle: " + line;
  }
  std::string trace;
  words >> trace;
  count(verb, handle->second, value, span_of(trace));
  return "ok";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: shmx_segment_writer DIRECTORY SERVICE [MAX_SERIES]\n";
    return 2;
  }
  shmx::ProcessOptions options;
  options.directory = argv[1];
  options.service = argv[2];
  options.max_series = argc > 3 ? static_cast<std::uint32_t>(std::stoul(argv[3])) : 0;
  shmx::configure(options);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << run(line) << std::endl;
  }
  return 0;
}
