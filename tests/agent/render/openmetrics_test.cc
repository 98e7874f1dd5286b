// OpenMetrics, line by line.
#include "agent/render/openmetrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/render/format.h"
#include "tests/agent/render/models.h"

namespace shmx::render {
namespace {

using model::CounterValue;
using model::GaugeValue;
using model::HistogramValue;
using model::Ticks;
using model::Type;
using ::testing::HasSubstr;
using ::testing::Not;

model::Family family(std::string name, Type type, std::vector<model::Point> points,
                     std::string unit = "", std::uint64_t ticks_per_unit = 1,
                     std::vector<double> bounds = {}) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = std::move(name);
  info->help = "Help.";
  info->unit = std::move(unit);
  info->type = type;
  info->ticks_per_unit = ticks_per_unit;
  info->bounds = std::move(bounds);
  return {std::move(info), std::move(points)};
}

std::string page(const std::vector<model::Family>& families, bool created = false) {
  std::string text;
  append_openmetrics(pointers({families}), text, {}, created);
  return text;
}

TEST(OpenMetrics, ACounterFamilyHasItsNameWithoutTotal) {
  EXPECT_EQ(
      page({family("calls_total", Type::counter, {point({{"code", "OK"}}, CounterValue{12})})}),
      "# TYPE calls counter\n"
      "# HELP calls Help.\n"
      "calls_total{code=\"OK\"} 12\n"
      "# EOF\n");
}

TEST(OpenMetrics, ACounterThatHasNoTotalIsUnknown) {
  EXPECT_EQ(page({family("calls", Type::counter, {point({}, CounterValue{12})})}, true),
            "# TYPE calls unknown\n# HELP calls Help.\ncalls 12\n# EOF\n");
  EXPECT_THAT(page({family("_total", Type::counter, {point({}, CounterValue{1})})}),
              HasSubstr("# TYPE _total unknown\n"));
}

TEST(OpenMetrics, AnEmptyPageHasItsEnd) {
  EXPECT_EQ(page({}), "# EOF\n");
  EXPECT_EQ(page({family("g", Type::gauge, {})}), "# EOF\n");
}

TEST(OpenMetrics, UnitsAreSaidOfNamesThatEndInThem) {
  const auto unit_lines = [](const char* name, Type type, const char* unit) {
    return page({family(name, type, {point({}, CounterValue{1})}, unit)});
  };
  EXPECT_THAT(unit_lines("cpu_seconds_total", Type::counter, "seconds"),
              HasSubstr("# TYPE cpu_seconds counter\n# UNIT cpu_seconds seconds\n# HELP"));
  EXPECT_THAT(unit_lines("size_bytes", Type::gauge, "bytes"), HasSubstr("# UNIT size_bytes bytes"));
  for (const char* name : {"size", "bytes", "kilobytes", "_bytes_x"}) {
    EXPECT_THAT(unit_lines(name, Type::gauge, "bytes"), Not(HasSubstr("# UNIT"))) << name;
  }
}

TEST(OpenMetrics, HelpEscapesQuotesToo) {
  model::FamilyInfo info;
  info.name = "g";
  info.help = "a \\ \"b\"\nc";
  info.type = Type::gauge;
  model::Family gauge{std::make_shared<model::FamilyInfo>(info), {point({}, GaugeValue{1})}};
  EXPECT_THAT(page({gauge}), HasSubstr("# HELP g a \\\\ \\\"b\\\"\\nc\n"));
}

TEST(OpenMetrics, FloatsAreNeverTakenForIntegers) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<double, const char*>> table = {
      {0, "0.0"},        {-0.0, "-0.0"},      {1, "1.0"},           {-3, "-3.0"},
      {0.5, "0.5"},      {1e6, "1e+06"},      {123456, "123456.0"}, {1e-7, "1e-07"},
      {1e300, "1e+300"}, {kInfinity, "+Inf"}, {-kInfinity, "-Inf"}, {std::nan(""), "NaN"}};
  for (const auto& [value, text] : table) {
    EXPECT_EQ(page({family("g", Type::gauge, {point({}, GaugeValue{value})})}),
              std::string("# TYPE g gauge\n# HELP g Help.\ng ") + text + "\n# EOF\n");
  }
}

TEST(OpenMetrics, AHistogramHasBucketsWithFloatsAsBounds) {
  model::Point one = point({{"job", "a"}}, HistogramValue{{1, 0, 2}, 2'500'000'000});
  one.created_unix_ns = 1'700'000'000'000'000'000;
  EXPECT_EQ(page({family("x_seconds", Type::histogram, {one}, "seconds", 1'000'000'000, {0.5, 1})}),
            "# TYPE x_seconds histogram\n"
            "# UNIT x_seconds seconds\n"
            "# HELP x_seconds Help.\n"
            "x_seconds_bucket{job=\"a\",le=\"0.5\"} 1\n"
            "x_seconds_bucket{job=\"a\",le=\"1.0\"} 1\n"
            "x_seconds_bucket{job=\"a\",le=\"+Inf\"} 3\n"
            "x_seconds_sum{job=\"a\"} 2.5\n"
            "x_seconds_count{job=\"a\"} 3\n"
            "# EOF\n");
}

TEST(OpenMetrics, CreatedIsExactToTheNanosecond) {
  model::Point counted = point({{"a", "b"}}, CounterValue{1});
  counted.created_unix_ns = 1'700'000'000'123'456'789;
  model::Point unknown = point({}, CounterValue{2});
  model::Point observed = point({}, HistogramValue{{1}, 0});
  observed.created_unix_ns = 1'700'000'000'500'000'000;
  EXPECT_EQ(page({family("a_total", Type::counter, {counted, unknown}),
                  family("x", Type::histogram, {observed})},
                 true),
            "# TYPE a counter\n# HELP a Help.\n"
            "a_total{a=\"b\"} 1\na_created{a=\"b\"} 1700000000.123456789\na_total 2\n"
            "# TYPE x histogram\n# HELP x Help.\n"
            "x_bucket{le=\"+Inf\"} 1\nx_sum 0\nx_count 1\nx_created 1700000000.5\n"
            "# EOF\n");
}

TEST(OpenMetrics, ExemplarsAreAtTotalsAndAtTheBucketsThatHoldThem) {
  model::Point counted = point({}, CounterValue{7});
  counted.exemplars = {{{{"trace_id", "a\"b"}}, 2, 1'700'000'000'250'000'000}};
  model::Point observed = point({{"job", "j"}}, HistogramValue{{3, 1, 1}, 5});
  observed.exemplars = {{{{"trace_id", "first"}}, 0.25, 5'000'000'000},
                        {{{"trace_id", "latest"}}, 0.5, 6'000'000'000},
                        {{{"trace_id", "early"}}, 1, 4'000'000'000},
                        {{}, 3, 0}};
  EXPECT_EQ(page({family("a_total", Type::counter, {counted}),
                  family("x", Type::histogram, {observed}, "", 1, {1, 2})}),
            "# TYPE a counter\n# HELP a Help.\n"
            "a_total 7 # {trace_id=\"a\\\"b\"} 2.0 1700000000.25\n"
            "# TYPE x histogram\n# HELP x Help.\n"
            "x_bucket{job=\"j\",le=\"1.0\"} 3 # {trace_id=\"latest\"} 0.5 6.0\n"
            "x_bucket{job=\"j\",le=\"2.0\"} 4\n"
            "x_bucket{job=\"j\",le=\"+Inf\"} 5 # {} 3.0\n"
            "x_sum{job=\"j\"} 5\nx_count{job=\"j\"} 5\n"
            "# EOF\n");
}

TEST(OpenMetrics, ExemplarsOfMoreThan128CodePointsAreLeftOut) {
  for (const std::size_t points : {127U, 128U, 129U}) {
    model::Point counted = point({}, CounterValue{1});
    std::string value;
    for (std::size_t i = 2; i < points; ++i) {
      value += "ö";
    }
    counted.exemplars = {{{{"id", value}}, 1, 0}};
    const std::string text = page({family("a_total", Type::counter, {counted})});
    EXPECT_EQ(text.find(" # {") != std::string::npos, points <= 128) << points;
  }
}

TEST(OpenMetrics, AHistogramThatMayFallHasNoSum) {
  const std::string negative_bounds =
      page({family("x", Type::histogram, {point({}, HistogramValue{{1, 1}, 5})}, "", 1, {-1})});
  EXPECT_THAT(negative_bounds,
              HasSubstr("x_bucket{le=\"-1.0\"} 1\nx_bucket{le=\"+Inf\"} 2\n# EOF"));
  const std::string negative_sum =
      page({family("x", Type::histogram, {point({}, HistogramValue{{1, 1}, -5})}, "", 1, {0})});
  EXPECT_THAT(negative_sum, HasSubstr("x_bucket{le=\"0.0\"} 1\nx_bucket{le=\"+Inf\"} 2\n# EOF"));
}

TEST(OpenMetrics, NamesThatClashAreUnknownAndKeepTheirSamples) {
  EXPECT_EQ(page({family("a", Type::gauge, {point({}, GaugeValue{1})}),
                  family("a_total", Type::counter, {point({}, CounterValue{2})})}),
            "# TYPE a gauge\n# HELP a Help.\na 1.0\n"
            "# TYPE a_total unknown\n# HELP a_total Help.\na_total 2\n# EOF\n");
  EXPECT_THAT(page({family("b_created", Type::gauge, {point({}, GaugeValue{1})}),
                    family("b_total", Type::counter, {point({}, CounterValue{2})})}),
              HasSubstr("# TYPE b_total unknown\n"));
  // A counter gives way before a histogram does.
  EXPECT_THAT(
      page({family("c", Type::histogram, {point({}, HistogramValue{{1}, 1})}),
            family("c_total", Type::counter, {point({}, CounterValue{2})})}),
      ::testing::AllOf(HasSubstr("# TYPE c histogram\n"), HasSubstr("# TYPE c_total unknown\n")));
}

TEST(OpenMetrics, AHistogramWhoseSamplesClashBecomesNumbers) {
  EXPECT_EQ(page({family("x", Type::histogram,
                         {point({{"job", "a"}}, HistogramValue{{1, 2}, 9}),
                          point({{"job", "b"}}, HistogramValue{{3, 4}, 8})},
                         "", 1, {1}),
                  family("x_count", Type::gauge,
                         {point({{"job", "b"}}, GaugeValue{5}), point({}, GaugeValue{6})})}),
            "# TYPE x_bucket unknown\n# HELP x_bucket Help.\n"
            "x_bucket{job=\"a\",le=\"1.0\"} 1\nx_bucket{job=\"a\",le=\"+Inf\"} 3\n"
            "x_bucket{job=\"b\",le=\"1.0\"} 3\nx_bucket{job=\"b\",le=\"+Inf\"} 7\n"
            "# TYPE x_sum unknown\n# HELP x_sum Help.\n"
            "x_sum{job=\"a\"} 9\nx_sum{job=\"b\"} 8\n"
            "# TYPE x_count unknown\n# HELP x_count Help.\n"
            // Of the same labels the first is shown.
            "x_count{job=\"a\"} 3\nx_count{job=\"b\"} 7\nx_count 6.0\n# EOF\n");
}

TEST(OpenMetrics, AHistogramInAnUntypedFamilyIsShownAsNumbers) {
  EXPECT_EQ(page({family("x", Type::untyped,
                         {point({{"job", "a"}}, HistogramValue{{1}, 9}),
                          point({{"job", "b"}}, GaugeValue{8})})}),
            "# TYPE x unknown\n# HELP x Help.\nx{job=\"b\"} 8.0\n"
            "# TYPE x_bucket unknown\n# HELP x_bucket Help.\nx_bucket{job=\"a\",le=\"+Inf\"} 1\n"
            "# TYPE x_sum unknown\n# HELP x_sum Help.\nx_sum{job=\"a\"} 9\n"
            "# TYPE x_count unknown\n# HELP x_count Help.\nx_count{job=\"a\"} 1\n# EOF\n");
}

TEST(OpenMetrics, NeighboursOfOneNameAreOneFamily) {
  const std::string text =
      page({family("x", Type::histogram, {point({{"job", "a"}}, HistogramValue{{1}, 9})}),
            family("x", Type::histogram, {point({{"job", "b"}}, HistogramValue{{1, 2}, 9})}, "", 1,
                   {7})});
  EXPECT_EQ(text.find("# TYPE"), text.rfind("# TYPE"));
  EXPECT_THAT(text, HasSubstr("x_bucket{job=\"b\",le=\"7.0\"} 1\n"));
}

TEST(AppendPage, TakesTheFormatTheNamesAndCreatedFromTheChoice) {
  model::Point counted = point({}, CounterValue{1});
  counted.created_unix_ns = 1'000'000'000;
  const model::Snapshot snapshot{{family("a_total", Type::counter, {counted}),
                                  family("b", Type::gauge, {point({}, GaugeValue{2})})}};
  const auto page_of = [&](const Choice& choice) {
    std::string text = "before ";
    append_page(choice, pointers(snapshot), text);
    return text;
  };
  EXPECT_EQ(page_of({.format = Format::text, .names = {"b"}}),
            "before # HELP b Help.\n# TYPE b gauge\nb 2\n");
  for (const Format format : {Format::openmetrics_0_0_1, Format::openmetrics_1_0_0}) {
    EXPECT_EQ(page_of({.format = format, .names = {"a"}, .created = true}),
              "before # TYPE a counter\n# HELP a Help.\na_total 1\na_created 1.0\n# EOF\n");
    EXPECT_EQ(page_of({.format = format, .names = {"a_total"}}),
              "before # TYPE a counter\n# HELP a Help.\na_total 1\n# EOF\n");
  }
}

}  // namespace
}  // namespace shmx::render
