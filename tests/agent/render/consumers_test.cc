// Pages are judged by those who will read them: promtool, and the Prometheus client's parser.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "agent/render/text.h"
#include "tests/tool/program.h"

namespace shmx::render {
namespace {

using model::CounterValue;
using model::GaugeValue;
using model::HistogramValue;
using model::Type;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

model::Family family(std::string name, std::string help, Type type, std::uint64_t ticks_per_unit,
                     std::vector<double> bounds = {}) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = std::move(name);
  info->help = std::move(help);
  info->type = type;
  info->ticks_per_unit = ticks_per_unit;
  info->bounds = std::move(bounds);
  return {std::move(info), {}};
}

void add(model::Family& to, Labels labels, decltype(model::Point::value) value) {
  to.points.push_back({std::make_shared<model::Series>(std::move(labels)), std::move(value)});
}

/// One family of each type, with the values and labels that are hardest to print.
model::Snapshot difficult() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  model::Snapshot snapshot;
  model::Family calls = family("calls_total", "Calls; a \\ and a\nline feed.", Type::counter, 1);
  add(calls, {{"job", "shop"}, {"path", "C:\\new\n\"quoted\" größe"}}, CounterValue{123'456'789});
  add(calls, {{"job", ""}, {"path", "\\n"}}, CounterValue{model::Ticks{1} << 70});
  snapshot.families.push_back(calls);
  model::Family cpu = family("cpu_seconds_total", "CPU time.", Type::counter, kNanoseconds);
  add(cpu, {}, CounterValue{1'234'567'890'123});
  snapshot.families.push_back(cpu);
  model::Family level = family("level", "A level.", Type::gauge, 1);
  int number = 0;
  for (const double value : {0.1, -0.0, 1e-300, 5e15, kInfinity, -kInfinity, std::nan("")}) {
    add(level, {{"n", std::to_string(number++)}}, GaugeValue{value});
  }
  snapshot.families.push_back(level);
  model::Family wait = family("wait_seconds", "Waiting.", Type::histogram, kNanoseconds,
                              {0.00001, 0.005, 1, 2.5, 1e6});
  add(wait, {{"job", "a"}}, HistogramValue{{1, 0, 7, 2, 3, 5}, 98'765'432'100});
  add(wait, {}, HistogramValue{{0, 0, 0, 0, 0, 0}, 0});
  snapshot.families.push_back(wait);
  model::Family mixed = family("mixed", "Of no type.", Type::untyped, 1);
  add(mixed, {{"job", "a"}}, CounterValue{3});
  add(mixed, {{"job", "b"}}, GaugeValue{-7.25});
  snapshot.families.push_back(mixed);
  return snapshot;
}

std::string hex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

/// A sample as samples.py prints it. `labels` in ascending order of their names.
std::string sample(const std::string& name, const Labels& labels, double value) {
  std::string line = name;
  for (const Label& label : labels) {
    line += fmt::format(" {}={}", label.name, hex(label.value));
  }
  const double canonical = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
  return line + fmt::format(" {:016x}", std::bit_cast<std::uint64_t>(canonical));
}

void expect_histogram(std::vector<std::string>& lines, const model::FamilyInfo& info,
                      const Labels& labels, const HistogramValue& value) {
  double cumulative = 0;
  for (std::size_t i = 0; i < value.buckets.size(); ++i) {
    cumulative += static_cast<double>(value.buckets[i]);
    Labels with_le = labels;  // job < le, so that the order holds
    with_le.push_back(
        {"le", i < info.bounds.size() ? fmt::format("{:g}", info.bounds[i]) : "+Inf"});
    lines.push_back(sample(info.name + "_bucket", with_le, cumulative));
  }
  lines.push_back(
      sample(info.name + "_sum", labels, model::to_units(value.sum, info.ticks_per_unit)));
  lines.push_back(sample(info.name + "_count", labels, cumulative));
}

/// The samples that the model holds, said without any of the renderer's code.
std::vector<std::string> expected_samples(const model::Snapshot& snapshot) {
  std::vector<std::string> lines;
  for (const model::Family& family : snapshot.families) {
    for (const model::Point& point : family.points) {
      const Labels& labels = point.series->labels();
      if (const auto* counter = std::get_if<CounterValue>(&point.value)) {
        lines.push_back(sample(family.info->name, labels,
                               model::to_units(counter->ticks, family.info->ticks_per_unit)));
      } else if (const auto* gauge = std::get_if<GaugeValue>(&point.value)) {
        lines.push_back(sample(family.info->name, labels, gauge->value));
      } else {
        expect_histogram(lines, *family.info, labels, std::get<HistogramValue>(point.value));
      }
    }
  }
  return lines;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(Consumers, ThePythonClientsParserGivesBackEveryValueBitForBit) {
  const model::Snapshot snapshot = difficult();
  std::string page;
  append_text(snapshot, page);
  const test::ProgramResult parsed =
      test::run_program({"/usr/bin/python3", SHMX_SAMPLES_SCRIPT}, page);
  ASSERT_EQ(parsed.exit_code, 0) << parsed.err;
  std::vector<std::string> samples;
  std::vector<std::string> families;
  for (const std::string& line : lines_of(parsed.out)) {
    (line.starts_with("family ") ? families : samples).push_back(line);
  }
  EXPECT_THAT(samples, ::testing::ElementsAreArray(expected_samples(snapshot)));
  // The parser takes _total off a counter's family.
  EXPECT_THAT(families,
              ::testing::ElementsAre("family calls counter " + hex("Calls; a \\ and a\nline feed."),
                                     "family cpu_seconds counter " + hex("CPU time."),
                                     "family level gauge " + hex("A level."),
                                     "family wait_seconds histogram " + hex("Waiting."),
                                     "family mixed unknown " + hex("Of no type.")));
}

TEST(Consumers, PromtoolFindsNothingToReport) {
  std::string page;
  append_text(difficult(), page);
  const test::ProgramResult checked = test::run_program({"promtool", "check", "metrics"}, page);
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.out, "");
  EXPECT_EQ(checked.err, "");
}

TEST(Consumers, PromtoolReportsAPageThatBreaksARule) {
  const test::ProgramResult checked =
      test::run_program({"promtool", "check", "metrics"}, "# TYPE calls counter\ncalls 1\n");
  EXPECT_NE(checked.exit_code, 0);
}

}  // namespace
}  // namespace shmx::render
