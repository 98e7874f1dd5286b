// Text 0.0.4, line by line.
#include "agent/render/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shmx::render {
namespace {

using model::CounterValue;
using model::GaugeValue;
using model::HistogramValue;
using model::Ticks;
using model::Type;
using ::testing::EndsWith;
using ::testing::HasSubstr;

/// A family that is put together point by point.
class FamilyBuilder {
 public:
  explicit FamilyBuilder(model::FamilyInfo info)
      : family_{std::make_shared<model::FamilyInfo>(std::move(info)), {}} {}

  FamilyBuilder& with(Labels labels, decltype(model::Point::value) value) {
    family_.points.push_back(
        {std::make_shared<model::Series>(std::move(labels)), std::move(value)});
    return *this;
  }
  operator model::Family() const { return family_; }

 private:
  model::Family family_;
};

FamilyBuilder family(model::FamilyInfo info) {
  return FamilyBuilder(std::move(info));
}

model::FamilyInfo counter(std::string name, std::string help = "Help.") {
  return {.name = std::move(name),
          .help = std::move(help),
          .unit = "",
          .type = Type::counter,
          .ticks_per_unit = 1,
          .bounds = {}};
}

model::FamilyInfo gauge(std::string name) {
  model::FamilyInfo info = counter(std::move(name));
  info.type = Type::gauge;
  return info;
}

model::FamilyInfo histogram(std::string name, std::vector<double> bounds,
                            std::uint64_t ticks_per_unit = 1'000'000'000) {
  model::FamilyInfo info = counter(std::move(name));
  info.type = Type::histogram;
  info.ticks_per_unit = ticks_per_unit;
  info.bounds = std::move(bounds);
  return info;
}

std::string page(std::vector<model::Family> families) {
  std::string text;
  append_text(model::Snapshot{std::move(families)}, text);
  return text;
}

TEST(Text, ACounterHasHelpTypeAndOneLinePerSeries) {
  EXPECT_EQ(page({family(counter("calls_total", "Calls."))
                      .with({{"code", "OK"}, {"job", "shop"}}, CounterValue{12})
                      .with({{"code", "Unknown"}, {"job", "shop"}}, CounterValue{0})}),
            "# HELP calls_total Calls.\n"
            "# TYPE calls_total counter\n"
            "calls_total{code=\"OK\",job=\"shop\"} 12\n"
            "calls_total{code=\"Unknown\",job=\"shop\"} 0\n");
}

TEST(Text, ASeriesWithoutLabelsHasNoBraces) {
  EXPECT_EQ(page({family(gauge("temperature")).with({}, GaugeValue{-2.5})}),
            "# HELP temperature Help.\n# TYPE temperature gauge\ntemperature -2.5\n");
}

TEST(Text, HelpEscapesBackslashAndNewlineButNotQuotes) {
  EXPECT_THAT(page({family(counter("a_total", "C:\\dir\nsays \"hi\"")).with({}, CounterValue{1})}),
              HasSubstr("# HELP a_total C:\\\\dir\\nsays \"hi\"\n"));
}

TEST(Text, AFamilyWithoutHelpKeepsItsHelpLine) {
  EXPECT_EQ(page({family(counter("a_total", "")).with({}, CounterValue{1})}),
            "# HELP a_total \n# TYPE a_total counter\na_total 1\n");
}

TEST(Text, LabelValuesEscapeBackslashNewlineAndQuote) {
  EXPECT_THAT(page({family(counter("a_total")).with({{"p", "\\ \n \""}}, CounterValue{1})}),
              HasSubstr("a_total{p=\"\\\\ \\n \\\"\"} 1\n"));
}

TEST(Text, AHistogramHasCumulativeBucketsThenSumThenCount) {
  EXPECT_EQ(page({family(histogram("x_seconds", {0.005, 1, 2.5}))
                      .with({{"job", "shop"}}, HistogramValue{{1, 0, 2, 4}, 12'500'000'000})}),
            "# HELP x_seconds Help.\n"
            "# TYPE x_seconds histogram\n"
            "x_seconds_bucket{job=\"shop\",le=\"0.005\"} 1\n"
            "x_seconds_bucket{job=\"shop\",le=\"1\"} 1\n"
            "x_seconds_bucket{job=\"shop\",le=\"2.5\"} 3\n"
            "x_seconds_bucket{job=\"shop\",le=\"+Inf\"} 7\n"
            "x_seconds_sum{job=\"shop\"} 12.5\n"
            "x_seconds_count{job=\"shop\"} 7\n");
}

TEST(Text, AHistogramWithoutLabelsHasOnlyLe) {
  EXPECT_EQ(page({family(histogram("x_bytes", {}, 1)).with({}, HistogramValue{{3}, 4096})}),
            "# HELP x_bytes Help.\n"
            "# TYPE x_bytes histogram\n"
            "x_bytes_bucket{le=\"+Inf\"} 3\n"
            "x_bytes_sum 4096\n"
            "x_bytes_count 3\n");
}

TEST(Text, LeIsPrintedAsGoPrintsIt) {
  const std::string text = page({family(histogram("x", {-5, 0, 1e-5, 0.1, 1, 10, 1e6, 1.5e7}))
                                     .with({}, HistogramValue{std::vector<Ticks>(9, 1), 0})});
  for (const char* le : {"-5", "0", "1e-05", "0.1", "1", "10", "1e+06", "1.5e+07", "+Inf"}) {
    EXPECT_THAT(text, HasSubstr("x_bucket{le=\"" + std::string(le) + "\"} "));
  }
}

TEST(Text, EachHistogramFamilyHasItsOwnBounds) {
  const std::string text =
      page({family(histogram("a", {1, 2})).with({}, HistogramValue{{1, 1, 1}, 0}),
            family(histogram("b", {1, 2})).with({}, HistogramValue{{1, 1, 1}, 0}),
            family(histogram("c", {7})).with({}, HistogramValue{{1, 1}, 0}),
            family(histogram("d", {})).with({}, HistogramValue{{1}, 0})});
  EXPECT_THAT(text, HasSubstr("b_bucket{le=\"2\"} 2\nb_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("c_bucket{le=\"7\"} 1\nc_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("histogram\nd_bucket{le=\"+Inf\"} 1\n"));
}

TEST(Text, CountsBeyondSixtyFourBitsAreExact) {
  const Ticks half = Ticks{1} << 63;
  EXPECT_THAT(page({family(histogram("x", {1})).with({}, HistogramValue{{half, half + 5}, 0})}),
              HasSubstr("x_bucket{le=\"1\"} 9223372036854775808\n"
                        "x_bucket{le=\"+Inf\"} 18446744073709551621\n"
                        "x_sum 0\n"
                        "x_count 18446744073709551621\n"));
}

TEST(Text, ANegativeSumIsShown) {
  EXPECT_THAT(page({family(histogram("x", {0}, 1000)).with({}, HistogramValue{{2, 0}, -2500})}),
              HasSubstr("x_sum -2.5\nx_count 2\n"));
}

TEST(Text, CountersInWholeUnitsArePrintedInFullOthersAsDoubles) {
  model::FamilyInfo seconds = counter("cpu_seconds_total");
  seconds.ticks_per_unit = 1'000'000'000;
  const std::string text = page({family(counter("a_total")).with({}, CounterValue{12'345'678}),
                                 family(seconds).with({}, CounterValue{1'250'000'000})});
  EXPECT_THAT(text, HasSubstr("a_total 12345678\n"));
  EXPECT_THAT(text, HasSubstr("cpu_seconds_total 1.25\n"));
}

TEST(Text, GaugesMayBeNaNOrInfinite) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::string text =
      page({family(gauge("g"))
                .with({{"v", "nan"}}, GaugeValue{std::numeric_limits<double>::quiet_NaN()})
                .with({{"v", "more"}}, GaugeValue{kInfinity})
                .with({{"v", "less"}}, GaugeValue{-kInfinity})});
  EXPECT_THAT(text, HasSubstr("g{v=\"nan\"} NaN\ng{v=\"more\"} +Inf\ng{v=\"less\"} -Inf\n"));
}

TEST(Text, AnUntypedFamilyShowsEachValueAsItIs) {
  model::FamilyInfo info = counter("mixed");
  info.type = Type::untyped;
  EXPECT_EQ(page({family(info)
                      .with({{"job", "a"}}, CounterValue{5'000'000})
                      .with({{"job", "b"}}, GaugeValue{0.5})}),
            "# HELP mixed Help.\n# TYPE mixed untyped\n"
            "mixed{job=\"a\"} 5000000\nmixed{job=\"b\"} 0.5\n");
}

TEST(Text, NeighboursOfOneNameAreOneFamilyWhateverTheirBoundsAndResolution) {
  EXPECT_EQ(
      page({family(histogram("x", {1}, 1)).with({{"job", "a"}}, HistogramValue{{1, 2}, 9}),
            family(histogram("x", {2}, 1000)).with({{"job", "b"}}, HistogramValue{{3, 4}, 1500})}),
      "# HELP x Help.\n"
      "# TYPE x histogram\n"
      "x_bucket{job=\"a\",le=\"1\"} 1\n"
      "x_bucket{job=\"a\",le=\"+Inf\"} 3\n"
      "x_sum{job=\"a\"} 9\n"
      "x_count{job=\"a\"} 3\n"
      "x_bucket{job=\"b\",le=\"2\"} 3\n"
      "x_bucket{job=\"b\",le=\"+Inf\"} 7\n"
      "x_sum{job=\"b\"} 1.5\n"
      "x_count{job=\"b\"} 7\n");
}

TEST(Text, FamiliesKeepTheSnapshotsOrderAndThePageEndsInALinefeed) {
  const std::string text = page({family(counter("z_total")).with({}, CounterValue{1}),
                                 family(counter("a_total")).with({}, CounterValue{2})});
  EXPECT_LT(text.find("z_total 1"), text.find("a_total 2"));
  EXPECT_THAT(text, EndsWith("a_total 2\n"));
}

TEST(Text, AFamilyWithoutPointsLeavesNoTrace) {
  EXPECT_EQ(page({family(counter("a_total"))}), "");
}

TEST(Text, OnlySelectedFamiliesAreRendered) {
  const model::Family a = family(counter("a_total")).with({}, CounterValue{1});
  const model::Family b = family(counter("b_total")).with({}, CounterValue{2});
  const std::vector<const model::Family*> families = {&a, &b};
  const std::vector<std::string> names = {"b_total"};
  std::string text;
  append_text(families, text, names);
  EXPECT_EQ(text, "# HELP b_total Help.\n# TYPE b_total counter\nb_total 2\n");
}

TEST(Text, APageThatIsReusedHoldsOnlyWhatWasAppendedSince) {
  const model::Snapshot snapshot{{family(counter("a_total")).with({}, CounterValue{1})}};
  std::string reused;
  append_text(snapshot, reused);
  const std::string first = reused;
  reused.clear();
  append_text(snapshot, reused);
  EXPECT_EQ(reused, first);
}

TEST(Text, ALineLongerThanAnyBufferIsWhole) {
  const std::string value(300'000, 'v');
  const std::string text =
      page({family(histogram("x", {1})).with({{"long", value}}, HistogramValue{{1, 2}, 0})});
  EXPECT_THAT(text, HasSubstr("x_bucket{long=\"" + value + "\",le=\"+Inf\"} 3\n"));
}

TEST(Text, ManySeriesAllArriveAndNoneTwice) {
  FamilyBuilder many = family(counter("a_total"));
  for (int i = 0; i < 5000; ++i) {
    many.with({{"i", std::to_string(i)}}, CounterValue{i});
  }
  const std::string text = page({many});
  std::string expected = "# HELP a_total Help.\n# TYPE a_total counter\n";
  for (int i = 0; i < 5000; ++i) {
    expected += "a_total{i=\"" + std::to_string(i) + "\"} " + std::to_string(i) + "\n";
  }
  EXPECT_TRUE(text == expected);
}

}  // namespace
}  // namespace shmx::render
