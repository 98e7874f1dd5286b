// Whatever the model holds is valid OpenMetrics to the strict parser, which gives back every value.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "agent/render/openmetrics.h"
#include "tests/agent/render/models.h"
#include "tests/tool/program.h"

namespace shmx::render {
namespace {

using Lines = std::vector<std::string>;
using model::Ticks;
using model::Type;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string hex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string bits(double value) {
  const double canonical = std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value;
  return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(canonical));
}

std::string labels_text(Labels labels) {
  std::sort(labels.begin(), labels.end());
  std::string text;
  for (const Label& label : labels) {
    text += fmt::format(" {}={}", label.name, hex(label.value));
  }
  return text;
}

std::string seconds_text(std::int64_t ns) {
  return fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000);
}

/// The exemplar of (`above`, `up_to`], as openmetrics_samples.py prints it.
std::string exemplar_text(const std::vector<model::Exemplar>& exemplars, double above,
                          double up_to) {
  const model::Exemplar* latest = nullptr;
  for (const model::Exemplar& exemplar : exemplars) {
    if (exemplar.value > above && exemplar.value <= up_to && code_points(exemplar.labels) <= 128 &&
        (latest == nullptr || exemplar.unix_ns >= latest->unix_ns)) {
      latest = &exemplar;
    }
  }
  if (latest == nullptr) {
    return "";
  }
  return fmt::format(" exemplar{} {}{}", labels_text(latest->labels), bits(latest->value),
                     latest->unix_ns > 0 ? fmt::format(" {}", seconds_text(latest->unix_ns)) : "");
}

/// Upper bounds and how many observations are at or below each, said without the renderer's code.
std::vector<std::pair<double, Ticks>> cumulative(const model::FamilyInfo& info,
                                                 const model::HistogramValue& value) {
  std::vector<std::pair<double, Ticks>> buckets;
  if (info.is_classic()) {
    Ticks count = 0;
    for (std::size_t i = 0; i < value.buckets.size(); ++i) {
      count += value.buckets[i];
      buckets.emplace_back(i < info.bounds.size() ? info.bounds[i] : kInfinity, count);
    }
    return buckets;
  }
  const NativeBuckets& native = *info.native;
  std::vector<double> shown = {zero_threshold(native),
                               native_bound(native.schema, native.last_index())};
  for (int exponent = -1000; exponent < 1000; ++exponent) {
    const double power = std::ldexp(1, exponent);
    const bool is_bound = native_bound(native.schema, native_index(native.schema, power)) == power;
    if (power > shown[0] && power < shown[1] && is_bound) {
      shown.push_back(power);
    }
  }
  const std::size_t positive = shown.size();
  for (std::size_t i = 0; native.negative && i < positive; ++i) {
    shown.push_back(-shown[i]);
  }
  std::sort(shown.begin(), shown.end());
  shown.push_back(kInfinity);
  for (const double bound : shown) {
    Ticks count = zero_threshold(native) <= bound ? value.native[0] : 0;
    for (std::uint32_t i = 0; i <= native.count; ++i) {
      const std::int32_t index = native.first_index + static_cast<std::int32_t>(i);
      const double above = native_bound(native.schema, index - 1);
      const double up_to = i < native.count ? native_bound(native.schema, index) : kInfinity;
      count += up_to <= bound ? value.native[1 + i] : 0;
      count += native.negative && -above <= bound ? value.native[native.count + 2 + i] : 0;
    }
    buckets.emplace_back(bound, count);
  }
  return buckets;
}

std::string le_text(double bound) {
  if (std::isinf(bound)) {
    return "+Inf";
  }
  // As Python's floatToGoString() has it.
  std::string text = fmt::format("{}", bound);
  if (std::abs(bound) >= 1e6) {
    text = fmt::format("{:g}", bound);
    for (int precision = 7; std::strtod(text.c_str(), nullptr) != bound; ++precision) {
      text = fmt::format("{:.{}g}", bound, precision);
    }
  }
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

void expect_histogram(Lines& lines, const model::FamilyInfo& info, const model::Point& point,
                      bool typed) {
  const auto& value = std::get<model::HistogramValue>(point.value);
  const Labels& labels = point.series->labels();
  const auto buckets = cumulative(info, value);
  double above = -kInfinity;
  for (const auto& [bound, count] : buckets) {
    Labels with_le = labels;
    with_le.push_back({"le", le_text(bound)});
    lines.push_back(info.name + "_bucket" + labels_text(with_le) + " " +
                    bits(static_cast<double>(count)) +
                    (typed ? exemplar_text(point.exemplars, above, bound) : ""));
    above = bound;
  }
  if (!typed || (buckets.front().first >= 0 && value.sum >= 0)) {
    lines.push_back(info.name + "_sum" + labels_text(labels) + " " +
                    bits(model::to_units(value.sum, info.ticks_per_unit)));
    lines.push_back(info.name + "_count" + labels_text(labels) + " " +
                    bits(static_cast<double>(buckets.back().second)));
  }
}

void expect_point(Lines& lines, const model::FamilyInfo& info, const std::string& name,
                  const model::Point& point, bool typed) {
  const std::string labels = labels_text(point.series->labels());
  if (const auto* counter = std::get_if<model::CounterValue>(&point.value)) {
    lines.push_back(info.name + labels + " " +
                    bits(model::to_units(counter->ticks, info.ticks_per_unit)) +
                    (typed ? exemplar_text(point.exemplars, -kInfinity, kInfinity) : ""));
  } else if (const auto* gauge = std::get_if<model::GaugeValue>(&point.value)) {
    lines.push_back(info.name + labels + " " + bits(gauge->value));
  } else {
    expect_histogram(lines, info, point, typed);
  }
  if (typed && point.created_unix_ns > 0) {
    const double seconds = std::strtod(seconds_text(point.created_unix_ns).c_str(), nullptr);
    lines.push_back(name + "_created" + labels + " " + bits(seconds));
  }
}

/// What a page of families whose names do not clash holds.
Lines expected(const model::Snapshot& snapshot) {
  Lines lines;
  std::string current;
  for (const model::Family& family : snapshot.families) {
    if (family.points.empty()) {
      continue;
    }
    const model::FamilyInfo& info = *family.info;
    const bool total = info.type == Type::counter && info.name.ends_with("_total");
    const std::string name = total ? info.name.substr(0, info.name.size() - 6) : info.name;
    const bool typed = total || info.type == Type::histogram;
    if (current != info.name) {
      current = info.name;
      const char* type = total                          ? "counter"
                         : info.type == Type::histogram ? "histogram"
                         : info.type == Type::gauge     ? "gauge"
                                                        : "unknown";
      const bool unit = !info.unit.empty() && name.ends_with(fmt::format("_{}", info.unit));
      lines.push_back(fmt::format("family {} {} unit={} {}", name, type, unit ? info.unit : "",
                                  hex(info.help)));
    }
    for (const model::Point& point : family.points) {
      expect_point(lines, info, name, point, typed);
    }
  }
  return lines;
}

/// What a page of such pages has in common with what its families are in text 0.0.4: the samples.
Lines expected_numbers(const model::Snapshot& snapshot) {
  Lines lines;
  for (const model::Family& family : snapshot.families) {
    for (const model::Point& point : family.points) {
      expect_point(lines, *family.info, "", point, false);
    }
  }
  return lines;
}

/// Has the parser read the pages, all with one process.
std::vector<Lines> parse(const std::vector<std::string>& pages) {
  std::string input;
  for (const std::string& page : pages) {
    input += std::to_string(page.size()) + "\n" + page;
  }
  const test::ProgramResult parsed =
      test::run_program({"/usr/bin/python3", SHMX_OPENMETRICS_SCRIPT}, input);
  EXPECT_EQ(parsed.exit_code, 0) << parsed.err;
  std::vector<Lines> all;
  std::istringstream stream(parsed.out);
  for (std::string line; std::getline(stream, line);) {
    if (line == "page") {
      all.emplace_back();
    } else if (!line.empty()) {
      all.back().push_back(line);
    }
  }
  return all;
}

std::string page_of(const model::Snapshot& snapshot) {
  std::string page;
  append_openmetrics(pointers(snapshot), page, {}, true);
  return page;
}

constexpr int kModels = 300;

TEST(OpenMetricsParser, GivesBackEverythingThatRandomModelsHold) {
  std::mt19937_64 random(20260105);
  std::vector<model::Snapshot> models;
  std::vector<std::string> pages;
  for (int i = 0; i < kModels; ++i) {
    models.push_back(random_model(random, false));
    pages.push_back(page_of(models.back()));
  }
  const std::vector<Lines> parsed = parse(pages);
  ASSERT_EQ(parsed.size(), pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i) {
    ASSERT_THAT(parsed[i], ::testing::ElementsAreArray(expected(models[i]))) << pages[i];
  }
}

TEST(OpenMetricsParser, TakesNamesThatClashAndNoSampleIsLost) {
  std::mt19937_64 random(20260106);
  std::vector<model::Snapshot> models;
  std::vector<std::string> pages;
  for (int i = 0; i < kModels; ++i) {
    models.push_back(random_model(random, true));
    pages.push_back(page_of(models.back()));
  }
  const std::vector<Lines> parsed = parse(pages);
  ASSERT_EQ(parsed.size(), pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i) {
    Lines samples;
    bool typed = false;
    std::string name;
    for (const std::string& line : parsed[i]) {
      if (line.starts_with("family ")) {
        typed = line.find(" counter ") != std::string::npos ||
                line.find(" histogram ") != std::string::npos;
        name = line.substr(7, line.find(' ', 7) - 7);
      } else if (!typed || !line.starts_with(name + "_created ")) {
        samples.push_back(line.substr(0, line.find(" exemplar")));
      }
    }
    // Families may have moved to where others of the name are.
    Lines numbers = expected_numbers(models[i]);
    std::sort(samples.begin(), samples.end());
    std::sort(numbers.begin(), numbers.end());
    ASSERT_THAT(samples, ::testing::ElementsAreArray(numbers)) << pages[i];
  }
}

TEST(OpenMetricsParser, IsStrict) {
  const std::vector<Lines> parsed = parse({"# TYPE a counter\na 1\n# EOF\n", "# EOF\n"});
  ASSERT_EQ(parsed.size(), 2U);
  ASSERT_EQ(parsed[0].size(), 1U);
  EXPECT_TRUE(parsed[0][0].starts_with("invalid"));
  EXPECT_TRUE(parsed[1].empty());
}

}  // namespace
}  // namespace shmx::render
