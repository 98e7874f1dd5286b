#include "shim/prometheus_bridge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include <functional>
#include <limits>
#include <semaphore>
#include <stdexcept>
#include <string>

#include "shm/layout.h"
#include "shm/registry.h"
#include "tests/shim/bridge/own_segment.h"

namespace shmx::test {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using testing::Contains;
using testing::Pair;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// A collectable that says what it is told to say.
class Told : public prometheus::Collectable {
 public:
  std::vector<MetricFamily> Collect() const override { return collect(); }
  std::function<std::vector<MetricFamily>()> collect = [] { return std::vector<MetricFamily>{}; };
};

class PrometheusBridgeTest : public testing::Test {
 protected:
  PrometheusBridgeTest() { configure_segment(); }

  static prometheus::Labels labels(prometheus::Labels more = {}) {
    more.emplace(std::string(kTestLabel), test_name());
    return more;
  }

  // A family of one series with this test's label.
  static MetricFamily family(const std::string& family_name, MetricType type,
                             const ClientMetric& value) {
    MetricFamily result{family_name, "Help.", type, {value}};
    result.metric[0].label = {{std::string(kTestLabel), test_name()}};
    return result;
  }
  static MetricFamily counter(double value) {
    ClientMetric metric;
    metric.counter.value = value;
    return family("told_total", MetricType::Counter, metric);
  }

  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  std::shared_ptr<Told> told_ = std::make_shared<Told>();
};

TEST_F(PrometheusBridgeTest, ARegistrysCountersGaugesAndHistogramsAppearInTheSegment) {
  auto& orders =
      prometheus::BuildCounter().Name("orders_total").Help("Orders.").Register(*registry_);
  orders.Add(labels({{"kind", "retail"}})).Increment(3);
  orders.Add(labels({{"kind", "bulk"}})).Increment(0.5);
  auto& depth = prometheus::BuildGauge().Name("depth").Help("Depth.").Register(*registry_);
  depth.Add(labels()).Set(-7.25);
  auto& latency =
      prometheus::BuildHistogram().Name("latency_seconds").Help("").Register(*registry_);
  auto& observed = latency.Add(labels(), prometheus::Histogram::BucketBoundaries{0.1, 1});
  observed.Observe(0.05);
  observed.Observe(2);

  PrometheusBridge bridge(registry_);
  EXPECT_TRUE(bridge.publish());

  const SegmentView view = published();
  EXPECT_THAT(view.values, Contains(Pair("orders_total{kind=\"retail\"}", 3)));
  EXPECT_THAT(view.values, Contains(Pair("orders_total{kind=\"bulk\"}", 0.5)));
  EXPECT_THAT(view.values, Contains(Pair("depth", -7.25)));
  EXPECT_THAT(view.values, Contains(Pair("latency_seconds_count", 2)));
  EXPECT_THAT(view.sums, Contains(Pair("latency_seconds_sum", 2.05)));
  EXPECT_THAT(view.bounds.at("latency_seconds"), testing::ElementsAre(0.1, 1));
}

TEST_F(PrometheusBridgeTest, ASeriesThatNeverCountedAppearsWithZero) {
  prometheus::BuildCounter().Name("idle_total").Register(*registry_).Add(labels());
  PrometheusBridge bridge(registry_);
  EXPECT_TRUE(bridge.publish());
  EXPECT_THAT(published().values, Contains(Pair("idle_total", 0)));
}

TEST_F(PrometheusBridgeTest, EachPublicationAddsWhatHasGrownSinceTheLast) {
  auto& series = prometheus::BuildCounter().Name("grown_total").Register(*registry_).Add(labels());
  auto& observed = prometheus::BuildHistogram()
                       .Name("size")
                       .Register(*registry_)
                       .Add(labels(), prometheus::Histogram::BucketBoundaries{10});
  PrometheusBridge bridge(registry_);
  for (int i = 0; i < 5; ++i) {
    series.Increment(2);
    observed.Observe(4);
    bridge.publish();
    bridge.publish();
  }
  EXPECT_THAT(published().values, Contains(Pair("grown_total", 10)));
  EXPECT_THAT(published().values, Contains(Pair("size_count", 5)));
  EXPECT_THAT(published().sums, Contains(Pair("size_sum", 20)));
}

TEST_F(PrometheusBridgeTest, ACounterThatFallsIsTakenForAReset) {
  PrometheusBridge bridge(told_);
  for (const double value : {10.0, 3.0, 5.0}) {
    told_->collect = [value] { return std::vector{counter(value)}; };
    EXPECT_TRUE(bridge.publish());
  }
  EXPECT_THAT(published().values, Contains(Pair("told_total", 15)));
}

TEST_F(PrometheusBridgeTest, TwoRegistriesWithTheSameSeriesAddUp) {
  const auto other = std::make_shared<prometheus::Registry>();
  prometheus::BuildCounter().Name("both_total").Register(*registry_).Add(labels()).Increment(1);
  prometheus::BuildCounter().Name("both_total").Register(*other).Add(labels()).Increment(2);
  PrometheusBridge first(registry_);
  PrometheusBridge second(other);
  first.publish();
  second.publish();
  EXPECT_THAT(published().values, Contains(Pair("both_total", 3)));
}

TEST_F(PrometheusBridgeTest, HistogramsOfOneFamilyMayHaveDifferentBounds) {
  auto& sizes = prometheus::BuildHistogram().Name("bounded").Register(*registry_);
  sizes.Add(labels({{"of", "a"}}), prometheus::Histogram::BucketBoundaries{1}).Observe(2);
  sizes.Add(labels({{"of", "b"}}), prometheus::Histogram::BucketBoundaries{1, 5}).Observe(2);
  PrometheusBridge bridge(registry_);
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("bounded_count{of=\"a\"}", 1)));
  EXPECT_THAT(published().values, Contains(Pair("bounded_count{of=\"b\"}", 1)));
}

TEST_F(PrometheusBridgeTest, OptionsChooseResolutionsAndGaugeModesByFamily) {
  prometheus::BuildCounter().Name("fine_total").Register(*registry_).Add(labels()).Increment(1e-6);
  prometheus::BuildCounter()
      .Name("coarse_total")
      .Register(*registry_)
      .Add(labels())
      .Increment(1e-6);
  PrometheusBridgeOptions options;
  options.ticks_per_unit = [](std::string_view family) -> std::uint64_t {
    return family == "fine_total" ? 1'000'000 : default_ticks_per_unit(family);
  };
  PrometheusBridge bridge(registry_, options);
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("fine_total", 1e-6)));
  EXPECT_THAT(published().values, Contains(Pair("coarse_total", 0)));
}

TEST(DefaultTicksPerUnit, AreNanosecondsForSecondsAndThousandthsForTheRest) {
  EXPECT_EQ(default_ticks_per_unit("busy_seconds_total"), 1'000'000'000U);
  EXPECT_EQ(default_ticks_per_unit("latency_seconds"), 1'000'000'000U);
  EXPECT_EQ(default_ticks_per_unit("nanoseconds"), 1000U);
  EXPECT_EQ(default_ticks_per_unit("orders_total"), 1000U);
  EXPECT_EQ(default_ticks_per_unit("size_bytes"), 1000U);
}

TEST_F(PrometheusBridgeTest, SummariesAreCountedOnceAndNotPublished) {
  prometheus::BuildSummary()
      .Name("quantiles")
      .Register(*registry_)
      .Add(labels(), prometheus::Summary::Quantiles{{0.5, 0.05}});
  prometheus::BuildCounter().Name("beside_total").Register(*registry_).Add(labels()).Increment();
  PrometheusBridge bridge(registry_);
  bridge.publish();
  bridge.publish();
  EXPECT_EQ(bridge.losses().summaries, 1U);
  EXPECT_THAT(published().values, testing::ElementsAre(Pair("beside_total", 1)));
}

TEST_F(PrometheusBridgeTest, ValuesThatNoCounterCanHaveAreRefusedAndCounted) {
  PrometheusBridge bridge(told_);
  for (const double value : {2.0, kNan, -1.0, std::numeric_limits<double>::infinity(), 5.0}) {
    told_->collect = [value] { return std::vector{counter(value)}; };
    bridge.publish();
  }
  EXPECT_EQ(bridge.losses().values_refused, 3U);
  EXPECT_EQ(losses()[static_cast<std::size_t>(layout::Loss::values_refused)], 3U);
  EXPECT_THAT(published().values, Contains(Pair("told_total", 5)));
}

TEST_F(PrometheusBridgeTest, ASeriesThatIsThereTwiceInOneCollectionIsRefusedTheSecondTime) {
  told_->collect = [] { return std::vector{counter(5), counter(1)}; };
  PrometheusBridge bridge(told_);
  bridge.publish();
  bridge.publish();
  EXPECT_EQ(bridge.losses().values_refused, 2U);
  EXPECT_THAT(published().values, Contains(Pair("told_total", 5)));
}

TEST_F(PrometheusBridgeTest, UntypedValuesBecomeGauges) {
  ClientMetric metric;
  metric.untyped.value = 4.5;
  told_->collect = [metric] { return std::vector{family("plain", MetricType::Untyped, metric)}; };
  PrometheusBridge bridge(told_);
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("plain", 4.5)));
}

TEST_F(PrometheusBridgeTest, AHistogramWithoutAnInfiniteBucketHasItsRestThere) {
  ClientMetric metric;
  metric.histogram.sample_count = 3;
  metric.histogram.sample_sum = 12;
  metric.histogram.bucket = {{1, 5.0}};
  told_->collect = [metric] { return std::vector{family("open", MetricType::Histogram, metric)}; };
  PrometheusBridge bridge(told_);
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("open_count", 3)));
  EXPECT_THAT(published().sums, Contains(Pair("open_sum", 12)));
}

TEST_F(PrometheusBridgeTest, AHistogramWhoseBucketsFallIsRefused) {
  ClientMetric metric;
  metric.histogram.bucket = {{5, 1.0}, {3, 2.0}, {6, std::numeric_limits<double>::infinity()}};
  told_->collect = [metric] { return std::vector{family("odd", MetricType::Histogram, metric)}; };
  PrometheusBridge bridge(told_);
  bridge.publish();
  EXPECT_EQ(bridge.losses().values_refused, 1U);
  EXPECT_THAT(published().values, Contains(Pair("odd_count", 0)));
}

TEST_F(PrometheusBridgeTest, ARemovedSeriesKeepsItsCountsAndGoesOnWhenItComesAgain) {
  auto& orders = prometheus::BuildCounter().Name("coming_total").Register(*registry_);
  auto& depth = prometheus::BuildGauge().Name("going").Register(*registry_);
  auto& series = orders.Add(labels());
  auto& gauge = depth.Add(labels());
  series.Increment(2);
  gauge.Set(9);
  PrometheusBridge bridge(registry_);
  bridge.publish();
  orders.Remove(&series);
  depth.Remove(&gauge);
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("coming_total", 2)));
  EXPECT_THAT(published().values, Contains(Pair("going", 0)));
  auto& again = orders.Add(labels());
  again.Increment(1);  // made anew: a fall
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("coming_total", 3)));
  again.Increment(5);
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("coming_total", 8)));
}

TEST_F(PrometheusBridgeTest, ASeriesThatIsLeftOutOnceIsNotCountedTwice) {
  bool left_out = false;
  told_->collect = [&] {
    return left_out ? std::vector<prometheus::MetricFamily>{} : std::vector{counter(7)};
  };
  PrometheusBridge bridge(told_);
  bridge.publish();
  left_out = true;
  bridge.publish();
  left_out = false;
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("told_total", 7)));
}

TEST_F(PrometheusBridgeTest, ALongHelpTextDoesNotCostTheFamily) {
  prometheus::BuildCounter()
      .Name("explained_total")
      .Help(std::string(layout::kMaxHelpBytes - 1, 'x') + "\u00e9")
      .Register(*registry_)
      .Add(labels())
      .Increment();
  PrometheusBridge bridge(registry_);
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("explained_total", 1)));
}

TEST_F(PrometheusBridgeTest, ACollectableThatThrowsIsCountedAndTheNextPublicationGoesOn) {
  PrometheusBridge bridge(told_);
  told_->collect = []() -> std::vector<MetricFamily> { throw std::runtime_error("no"); };
  EXPECT_FALSE(bridge.publish());
  told_->collect = [] { return std::vector{counter(1)}; };
  EXPECT_TRUE(bridge.publish());
  EXPECT_EQ(bridge.losses().collections_failed, 1U);
  EXPECT_THAT(published().values, Contains(Pair("told_total", 1)));
}

TEST_F(PrometheusBridgeTest, ACollectableThatIsGoneIsNotPublished) {
  PrometheusBridge bridge(registry_);
  registry_.reset();
  EXPECT_FALSE(bridge.publish());
}

TEST_F(PrometheusBridgeTest, ABridgeMayBeCalledFromItsOwnCollection) {
  PrometheusBridge bridge(told_);
  told_->collect = [&bridge] {
    EXPECT_FALSE(bridge.publish());
    EXPECT_FALSE(bridge.start(std::chrono::hours(1)));
    bridge.stop();
    return std::vector{counter(1)};
  };
  EXPECT_TRUE(bridge.publish());
  EXPECT_THAT(published().values, Contains(Pair("told_total", 1)));
}

TEST_F(PrometheusBridgeTest, ABridgeThatCountsFromNowLeavesOutWhatItFinds) {
  auto& series = prometheus::BuildCounter().Name("found_total").Register(*registry_).Add(labels());
  series.Increment(40);
  PrometheusBridge bridge(registry_,
                          {.ticks_per_unit = {}, .gauge_mode = {}, .count_from_now = true});
  bridge.publish();
  series.Increment(2);
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("found_total", 2)));
}

TEST_F(PrometheusBridgeTest, TheThreadPublishesAgainAndAgainUntilItIsStopped) {
  std::counting_semaphore<> collected(0);
  int collections = 0;
  told_->collect = [&] {
    collected.release();
    return std::vector{counter(++collections)};
  };
  PrometheusBridge bridge(told_);
  EXPECT_TRUE(bridge.start(std::chrono::milliseconds(1)));
  EXPECT_FALSE(bridge.start(std::chrono::milliseconds(1)));
  for (int i = 0; i < 3; ++i) {
    collected.acquire();
  }
  bridge.stop();
  const int when_stopped = collections;
  EXPECT_THAT(published().values, Contains(Pair("told_total", when_stopped)));
  bridge.publish();
  EXPECT_EQ(collections, when_stopped + 1);
}

TEST_F(PrometheusBridgeTest, StartingPublishesAtOnceAndStoppingWhatWasCountedSince) {
  double value = 1;
  told_->collect = [&] { return std::vector{counter(value)}; };
  PrometheusBridge bridge(told_);
  EXPECT_TRUE(bridge.start(std::chrono::milliseconds::max()));
  EXPECT_THAT(published().values, Contains(Pair("told_total", 1)));
  value = 8;
  bridge.stop();
  EXPECT_THAT(published().values, Contains(Pair("told_total", 8)));
}

TEST_F(PrometheusBridgeTest, AnIntervalThatIsNotPositiveIsRefused) {
  PrometheusBridge bridge(told_);
  EXPECT_FALSE(bridge.start(std::chrono::milliseconds(0)));
  EXPECT_FALSE(bridge.start(std::chrono::milliseconds(-5)));
}

}  // namespace
}  // namespace shmx::test
