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

TEST(Text, AHistogramInAnUntypedFamilyIsShownAsNumbersNextToFamiliesOfTheirNames) {
  model::FamilyInfo wait = histogram("wait", {1}, 1);
  model::FamilyInfo count = gauge("wait_count");
  wait.type = count.type = Type::untyped;
  EXPECT_EQ(page({family(wait).with({{"tenant", "a"}}, HistogramValue{{1, 2}, 9}),
                  family(count).with({{"tenant", "b"}}, GaugeValue{0.5})}),
            "# HELP wait_bucket Help.\n# TYPE wait_bucket untyped\n"
            "wait_bucket{le=\"1\",tenant=\"a\"} 1\nwait_bucket{le=\"+Inf\",tenant=\"a\"} 3\n"
            "# HELP wait_count Help.\n# TYPE wait_count untyped\n"
            "wait_count{tenant=\"a\"} 3\nwait_count{tenant=\"b\"} 0.5\n"
            "# HELP wait_sum Help.\n# TYPE wait_sum untyped\n"
            "wait_sum{tenant=\"a\"} 9\n");
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

/// With exponential buckets only.
model::FamilyInfo native(std::string name, NativeBuckets buckets) {
  model::FamilyInfo info = histogram(std::move(name), {}, 1);
  info.native = buckets;
  return info;
}

TEST(Text, NativeBucketsAloneAreShownByPowersOfTwo) {
  // (2^(i-1)/4, 2^i/4]: from 2^-1.25 to 2^1.5.
  const NativeBuckets buckets{.schema = 2, .first_index = -4, .count = 11};
  HistogramValue value{{}, 40, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5}};
  ASSERT_EQ(value.native.size(), buckets.cells());
  EXPECT_EQ(page({family(native("x", buckets)).with({}, value)}),
            "# HELP x Help.\n"
            "# TYPE x histogram\n"
            "x_bucket{le=\"0.42044820762685725\"} 1\n"
            "x_bucket{le=\"0.5\"} 2\n"
            "x_bucket{le=\"1\"} 6\n"
            "x_bucket{le=\"2\"} 10\n"
            "x_bucket{le=\"2.8284271247461903\"} 12\n"
            "x_bucket{le=\"+Inf\"} 17\n"
            "x_sum 40\n"
            "x_count 17\n");
}

TEST(Text, NativeBucketsCoarserThanPowersOfTwoAreShownEach) {
  const NativeBuckets buckets{.schema = -1, .first_index = 0, .count = 3};
  EXPECT_THAT(page({family(native("x", buckets)).with({}, HistogramValue{{}, 0, {1, 2, 3, 4, 5}})}),
              HasSubstr("x_bucket{le=\"0.25\"} 1\nx_bucket{le=\"1\"} 3\n"
                        "x_bucket{le=\"4\"} 6\nx_bucket{le=\"16\"} 10\n"
                        "x_bucket{le=\"+Inf\"} 15\n"));
}

TEST(Text, NegativeNativeBucketsAreMirrored) {
  const NativeBuckets buckets{.schema = 0, .first_index = 1, .count = 2, .negative = true};
  // Zero's; (1,2], (2,4], above 4; [-2,-1), [-4,-2), below -4.
  const HistogramValue value{{}, -7, {1, 2, 3, 4, 10, 20, 30}};
  EXPECT_THAT(page({family(native("x", buckets)).with({}, value)}),
              HasSubstr("x_bucket{le=\"-4\"} 30\nx_bucket{le=\"-2\"} 50\n"
                        "x_bucket{le=\"-1\"} 60\nx_bucket{le=\"1\"} 61\n"
                        "x_bucket{le=\"2\"} 63\nx_bucket{le=\"4\"} 66\n"
                        "x_bucket{le=\"+Inf\"} 70\nx_sum -7\nx_count 70\n"));
}

TEST(Text, TheBoundsOfNativeBucketsDoNotDependOnWhatWasObserved) {
  const NativeBuckets buckets = native_buckets(3, 0.001, 100, 200, true);
  const auto bounds_of = [&](Ticks count) {
    const HistogramValue value{{}, 0, std::vector<Ticks>(buckets.cells(), count)};
    std::string text = page({family(native("x", buckets)).with({}, value)});
    std::string bounds;
    for (std::size_t at = 0; (at = text.find("le=", at)) != std::string::npos; ++at) {
      bounds += text.substr(at, text.find('}', at) - at) + "\n";
    }
    return bounds;
  };
  EXPECT_EQ(bounds_of(0), bounds_of(7));
  EXPECT_THAT(bounds_of(0), HasSubstr("le=\"64\"\nle=\"107.63474115247546\"\nle=\"+Inf\""));
}

TEST(Text, AHistogramOfBothKindsShowsItsClassicBuckets) {
  model::FamilyInfo info = native("x", {.schema = 0, .first_index = 0, .count = 1});
  info.bounds = {1};
  EXPECT_THAT(page({family(info).with({}, HistogramValue{{1, 2}, 0, {0, 1, 2}})}),
              HasSubstr("histogram\nx_bucket{le=\"1\"} 1\nx_bucket{le=\"+Inf\"} 3\nx_sum"));
}

TEST(Text, FamiliesOfAllKindsOfBucketsFollowEachOther) {
  const NativeBuckets coarse{.schema = 0, .first_index = 1, .count = 1};
  const std::string text =
      page({family(native("a", coarse)).with({}, HistogramValue{{}, 0, {1, 1, 1}}),
            family(histogram("b", {1, 2})).with({}, HistogramValue{{1, 1, 1}, 0}),
            family(native("c", coarse)).with({}, HistogramValue{{}, 0, {1, 0, 1}}),
            family(counter("d_total")).with({}, CounterValue{1}),
            family(native("e", coarse)).with({}, HistogramValue{{}, 0, {0, 0, 1}})});
  EXPECT_THAT(text, HasSubstr("a_bucket{le=\"1\"} 1\na_bucket{le=\"2\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("b_bucket{le=\"1\"} 1\nb_bucket{le=\"2\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("c_bucket{le=\"1\"} 1\nc_bucket{le=\"2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("e_bucket{le=\"1\"} 0\ne_bucket{le=\"2\"} 0\n"));
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
