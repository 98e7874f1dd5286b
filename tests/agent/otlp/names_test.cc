// What a Prometheus calls what it receives: the names of /metrics.
#include "agent/otlp/names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/aggregate/builtin_families.h"
#include "agent/otlp/units.h"
#include "agent/self/self_metrics.h"
#include "tests/agent/otlp/decoded.h"
#include "tests/agent/otlp/prometheus_names.h"
#include "tests/agent/render/models.h"

namespace shmx::otlp {
namespace {

model::Family with_a_point(model::FamilyInfo info) {
  render::Value value = model::GaugeValue{1};
  if (info.type == model::Type::counter) {
    value = model::CounterValue{1};
  } else if (info.type == model::Type::histogram) {
    value = model::HistogramValue{{1}, 1};
  }
  return {std::make_shared<model::FamilyInfo>(std::move(info)),
          {render::point({}, std::move(value))}};
}

proto::Metric metric_of(const model::Family& family) {
  const std::vector<const model::Family*> families = {&family};
  return request({}, families).resource_metrics(0).scope_metrics(0).metrics(0);
}

proto::Metric metric_of(std::string name, model::Type type, std::string unit) {
  return metric_of(with_a_point({std::move(name), "", std::move(unit), type, 1, {}}));
}

TEST(Names, GrpcFamiliesKeepTheirsOnTheWayToPrometheus) {
  std::size_t with_unit = 0;
  for (const aggregate::BuiltinFamily& family : aggregate::builtin_families()) {
    const model::Type type = family.kind == FamilyKind::counter ? model::Type::counter
                             : family.kind == FamilyKind::gauge ? model::Type::gauge
                                                                : model::Type::histogram;
    const proto::Metric metric =
        metric_of(std::string(family.name), type, std::string(family.unit));
    EXPECT_EQ(prometheus_name(metric), family.name);
    EXPECT_EQ(metric.unit(), family.unit == "seconds" ? "s" : family.unit == "bytes" ? "By" : "");
    with_unit += metric.unit().empty() ? 0 : 1;
  }
  EXPECT_GE(with_unit, 8U);
}

TEST(Names, TheAgentsOwnFamiliesKeepTheirsOnTheWayToPrometheus) {
  self::SelfMetrics self({.version = "1", .revision = "", .compiler = ""}, "/proc");
  self.count_request("/metrics", 200);
  self.observe_scrape(0.5);
  self.observe_page("text", 100);
  self.observe_compressed_page("text", 10);
  self.count_page("text", "gzip");
  self.count_refusal(self::SelfMetrics::Refusal::timeout);
  aggregate::Statistics statistics;
  statistics.segments_refused_total = statistics.segments_quarantined_total =
      statistics.families_refused_total = statistics.series_refused_total =
          statistics.states_lost_total = {{"reason", 1}};
  statistics.directories = {{"/run/a", true, 1000, 400, 50, 40}};
  std::size_t families = 0;
  for (const model::Family& family : self.collect(statistics)) {
    if (!family.points.empty()) {
      EXPECT_EQ(prometheus_name(metric_of(family)), family.info->name);
      ++families;
    }
  }
  EXPECT_GT(families, 30U);
}

TEST(Names, EveryUnitThatIsSentKeepsItsName) {
  const std::vector<std::pair<std::string, std::string>> units = {
      {"seconds", "s"},      {"milliseconds", "ms"}, {"microseconds", "us"}, {"nanoseconds", "ns"},
      {"minutes", "min"},    {"hours", "h"},         {"days", "d"},          {"bytes", "By"},
      {"kibibytes", "KiBy"}, {"mebibytes", "MiBy"},  {"gibibytes", "GiBy"},  {"tibibytes", "TiBy"},
      {"kilobytes", "KBy"},  {"megabytes", "MBy"},   {"gigabytes", "GBy"},   {"terabytes", "TBy"},
      {"meters", "m"},       {"volts", "V"},         {"amperes", "A"},       {"joules", "J"},
      {"watts", "W"},        {"grams", "g"},         {"celsius", "Cel"},     {"hertz", "Hz"},
      {"percent", "%"}};
  for (const auto& [word, ucum] : units) {
    for (const model::Type type :
         {model::Type::counter, model::Type::gauge, model::Type::histogram, model::Type::untyped}) {
      const std::string name = "a_" + word + (type == model::Type::counter ? "_total" : "");
      const proto::Metric metric = metric_of(name, type, word);
      EXPECT_EQ(metric.unit(), ucum);
      EXPECT_EQ(prometheus_name(metric), name);
    }
  }
  EXPECT_EQ(metric_of("a_ratio", model::Type::gauge, "ratio").unit(), "1");
  EXPECT_EQ(prometheus_name(metric_of("a_ratio", model::Type::gauge, "ratio")), "a_ratio");
}

TEST(Names, AUnitThatWouldChangeTheNameIsNotSent) {
  EXPECT_EQ(metric_of("latency", model::Type::gauge, "seconds").unit(), "");
  EXPECT_EQ(metric_of("xseconds", model::Type::gauge, "seconds").unit(), "");
  EXPECT_EQ(metric_of("seconds", model::Type::gauge, "seconds").unit(), "");
  EXPECT_EQ(metric_of("seconds_left", model::Type::gauge, "seconds").unit(), "");
  EXPECT_EQ(metric_of("a_orders", model::Type::gauge, "orders").unit(), "");
  EXPECT_EQ(metric_of("hits_ratio_total", model::Type::counter, "ratio").unit(), "");
  EXPECT_EQ(metric_of("hits_ratio", model::Type::histogram, "ratio").unit(), "");
}

TEST(Names, WhatTheTranslationCannotKeepIsAsTheHeaderSays) {
  const auto name = [](const char* given, model::Type type) {
    return prometheus_name(metric_of(given, type, ""));
  };
  EXPECT_EQ(name("orders", model::Type::counter), "orders_total");
  EXPECT_EQ(name("total_orders_total", model::Type::counter), "orders_total");
  EXPECT_EQ(name("total_orders", model::Type::gauge), "total_orders");
  EXPECT_EQ(name("a__b", model::Type::gauge), "a_b");
  EXPECT_EQ(name("a_", model::Type::gauge), "a");
  EXPECT_EQ(name("a:b", model::Type::gauge), "a_b");
}

}  // namespace
}  // namespace shmx::otlp
