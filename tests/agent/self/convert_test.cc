// prometheus-cpp's families as ours.
#include "agent/self/convert.h"

#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <vector>

#include "agent/render/text.h"

namespace shmx::self {
namespace {

TEST(Convert, ARegistryReadsOnAPageAsItWasFilled) {
  prometheus::Registry registry;
  auto& requests =
      prometheus::BuildCounter().Name("requests_total").Help("Requests.").Register(registry);
  requests.Add({{"code", "200"}}).Increment(7);
  prometheus::BuildGauge().Name("level").Help("Level.").Register(registry).Add({}).Set(-0.25);
  auto& duration = prometheus::BuildHistogram()
                       .Name("duration_seconds")
                       .Help("Duration.")
                       .Register(registry)
                       .Add({{"job", "a"}}, std::vector<double>{0.5, 1});
  for (const double seconds : {0.25, 0.75, 1.0, 4.0}) {
    duration.Observe(seconds);
  }
  model::Snapshot snapshot;
  for (const prometheus::MetricFamily& family : registry.Collect()) {
    snapshot.families.push_back(convert(family));
  }
  std::string ours;
  render::append_text(snapshot, ours);
  EXPECT_EQ(ours,
            "# HELP requests_total Requests.\n"
            "# TYPE requests_total counter\n"
            "requests_total{code=\"200\"} 7\n"
            "# HELP level Level.\n"
            "# TYPE level gauge\n"
            "level -0.25\n"
            "# HELP duration_seconds Duration.\n"
            "# TYPE duration_seconds histogram\n"
            "duration_seconds_bucket{job=\"a\",le=\"0.5\"} 1\n"
            "duration_seconds_bucket{job=\"a\",le=\"1\"} 3\n"
            "duration_seconds_bucket{job=\"a\",le=\"+Inf\"} 4\n"
            "duration_seconds_sum{job=\"a\"} 6\n"
            "duration_seconds_count{job=\"a\"} 4\n");
}

TEST(Convert, SecondsKeepTheirFraction) {
  prometheus::MetricFamily family{"cpu_seconds_total", "", prometheus::MetricType::Counter, {{}}};
  family.metric[0].counter.value = 12.34;
  const model::Family converted = convert(family);
  EXPECT_EQ(converted.info->unit, "seconds");
  const auto& value = std::get<model::CounterValue>(converted.points.at(0).value);
  EXPECT_EQ(model::to_units(value.ticks, converted.info->ticks_per_unit), 12.34);
}

TEST(Convert, LabelsAreOrderedByName) {
  prometheus::MetricFamily family{"x_total", "", prometheus::MetricType::Counter, {{}}};
  family.metric[0].label = {{"z", "1"}, {"a", "2"}};
  EXPECT_EQ(convert(family).points.at(0).series->label_block(), R"(a="2",z="1")");
}

TEST(Convert, UntypedValuesStayUntyped) {
  prometheus::MetricFamily family{"x", "", prometheus::MetricType::Untyped, {{}}};
  family.metric[0].untyped.value = 2.5;
  const model::Family converted = convert(family);
  EXPECT_EQ(converted.info->type, model::Type::untyped);
  EXPECT_EQ(std::get<model::GaugeValue>(converted.points.at(0).value).value, 2.5);
}

TEST(Convert, ASummaryHasNoPoints) {
  const prometheus::MetricFamily family{"x", "", prometheus::MetricType::Summary, {{}}};
  EXPECT_TRUE(convert(family).points.empty());
}

}  // namespace
}  // namespace shmx::self
