// gRPC's own names and attributes (A66), and that no two series become one stream by them.
#include "agent/otlp/grpc_attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/agent/otlp/decoded.h"
#include "tests/agent/render/models.h"

namespace shmx::otlp {
namespace {

using ::testing::ElementsAre;

const Options kOtel{.names = Names::otel};

model::Family calls(std::string name, model::Type type, const std::vector<Labels>& series) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = std::move(name);
  info->type = type;
  info->unit = type == model::Type::histogram ? "seconds" : "";
  info->bounds = {1};
  model::Family family{std::move(info), {}};
  for (const Labels& labels : series) {
    render::Value value = model::CounterValue{1};
    if (type == model::Type::histogram) {
      value = model::HistogramValue{{1, 2}, 3};
    } else if (type == model::Type::gauge) {
      value = model::GaugeValue{4};
    }
    family.points.push_back(render::point(labels, std::move(value)));
  }
  return family;
}

proto::Metric metric_of(const model::Family& family) {
  const std::vector<const model::Family*> families = {&family};
  return request(kOtel, families).resource_metrics(0).scope_metrics(0).metrics(0);
}

Labels duration_labels(Labels labels) {
  std::sort(labels.begin(), labels.end());
  const proto::Metric metric =
      metric_of(calls("grpc_server_handling_seconds", model::Type::histogram, {labels}));
  EXPECT_EQ(metric.name(), "grpc.server.call.duration");
  EXPECT_EQ(metric.unit(), "s");
  return labels_of(metric.histogram().data_points(0).attributes());
}

TEST(GrpcAttributes, CallsHaveTheNamesAndUnitsOfGrpc) {
  const Labels labels = {
      {"grpc_method", "Get"}, {"grpc_service", "shop.v1.Orders"}, {"grpc_type", "unary"}};
  const proto::Metric started =
      metric_of(calls("grpc_server_started_total", model::Type::counter, {labels}));
  EXPECT_EQ(started.name(), "grpc.server.call.started");
  EXPECT_EQ(started.unit(), "{call}");
  EXPECT_THAT(labels_of(started.sum().data_points(0).attributes()),
              ElementsAre(Label{"grpc.method", "shop.v1.Orders/Get"}, Label{"grpc_type", "unary"}));
  const proto::Metric duration =
      metric_of(calls("grpc_client_handling_seconds", model::Type::histogram, {labels}));
  EXPECT_EQ(duration.name(), "grpc.client.call.duration");
  EXPECT_EQ(duration.unit(), "s");
}

TEST(GrpcAttributes, WhatInterceptorsCannotKnowKeepsItsNameAndLabels) {
  const Labels labels = {{"grpc_code", "OK"}, {"grpc_method", "Get"}, {"grpc_service", "Orders"}};
  for (const char* const name : {"grpc_server_handled_total", "grpc_client_started_total"}) {
    const proto::Metric metric = metric_of(calls(name, model::Type::counter, {labels}));
    EXPECT_EQ(metric.name(), name);
    EXPECT_EQ(labels_of(metric.sum().data_points(0).attributes()), labels);
  }
  // Jobs disagree about the type.
  const proto::Metric untyped =
      metric_of(calls("grpc_server_started_total", model::Type::gauge, {labels}));
  EXPECT_EQ(untyped.name(), "grpc_server_started_total");
  EXPECT_EQ(labels_of(untyped.gauge().data_points(0).attributes()), labels);
}

TEST(GrpcAttributes, UnknownMethodsAreOther) {
  EXPECT_THAT(duration_labels({{"grpc_method", "unknown"}, {"grpc_service", "unknown"}}),
              ElementsAre(Label{"grpc.method", "other"}));
  EXPECT_THAT(duration_labels({{"grpc_method", "unknown"}, {"grpc_service", "a"}}),
              ElementsAre(Label{"grpc.method", "a/unknown"}));
}

std::string status_of(const std::string& code, const std::string& type) {
  const Labels labels = duration_labels(
      {{"grpc_code", code}, {"grpc_method", "M"}, {"grpc_service", "S"}, {"grpc_type", type}});
  return labels.front().name == "grpc.status" ? labels.front().value : "none";
}

TEST(GrpcAttributes, StatusCodesAreSpelledAsGrpcDoesInEveryMode) {
  const std::vector<std::pair<std::string, std::string>> codes = {
      {"OK", "OK"},
      {"Canceled", "CANCELLED"},
      {"Unknown", "UNKNOWN"},
      {"InvalidArgument", "INVALID_ARGUMENT"},
      {"DeadlineExceeded", "DEADLINE_EXCEEDED"},
      {"NotFound", "NOT_FOUND"},
      {"AlreadyExists", "ALREADY_EXISTS"},
      {"PermissionDenied", "PERMISSION_DENIED"},
      {"ResourceExhausted", "RESOURCE_EXHAUSTED"},
      {"FailedPrecondition", "FAILED_PRECONDITION"},
      {"Aborted", "ABORTED"},
      {"OutOfRange", "OUT_OF_RANGE"},
      {"Unimplemented", "UNIMPLEMENTED"},
      {"Internal", "INTERNAL"},
      {"Unavailable", "UNAVAILABLE"},
      {"DataLoss", "DATA_LOSS"},
      {"Unauthenticated", "UNAUTHENTICATED"}};
  for (const auto& [go, grpc] : codes) {
    EXPECT_EQ(status_of(go, "bidi_stream"), grpc);
    EXPECT_EQ(status_of(grpc, "BIDI_STREAMING"), grpc);
  }
  EXPECT_EQ(status_of("Code(99)", "unary"), "Code(99)");
}

TEST(GrpcAttributes, WhereTwoSeriesCouldBecomeOneLabelsStay) {
  EXPECT_EQ(status_of("Canceled", "UNARY"), "none");
  EXPECT_EQ(status_of("CANCELLED", "unary"), "none");
  const Labels slash = {{"grpc_method", "b/c"}, {"grpc_service", "a"}};
  EXPECT_EQ(duration_labels(slash), slash);
  const Labels no_service = {{"grpc_code", "OK"}, {"grpc_method", "b"}};
  EXPECT_EQ(duration_labels(no_service), no_service);
}

TEST(GrpcAttributes, NoTwoSeriesOfAnyLabelsAreOneStream) {
  std::mt19937_64 random(1);
  const std::vector<std::pair<std::string, std::vector<std::string>>> choices = {
      {"code", {"OK", "CANCELLED", "Canceled"}},
      {"grpc_code", {"OK", "CANCELLED", "Canceled", "Code(1)", ""}},
      {"grpc_method", {"unknown", "a", "b/a", "other", ""}},
      {"grpc_service", {"unknown", "a", "a/b", "other", ""}},
      {"grpc_type", {"unary", "UNARY", ""}},
      {"job", {"a", "shm_exporter"}},
      {"pid", {"1", "2"}}};
  Options options = kOtel;
  options.per_process_jobs = {"a"};
  for (int i = 0; i < 10; ++i) {
    std::set<Labels> series;
    for (int n = 0; n < 500; ++n) {
      Labels labels;
      for (const auto& [name, values] : choices) {
        if (random() % 4 != 0) {
          labels.push_back({name, values[random() % values.size()]});
        }
      }
      series.insert(labels);
    }
    const model::Family family =
        calls("grpc_server_started_total", model::Type::counter, {series.begin(), series.end()});
    const std::vector<const model::Family*> families = {&family};
    const std::vector<std::string> made = identities(request(options, families));
    EXPECT_EQ(made.size(), series.size());
    EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), series.size());
  }
}

}  // namespace
}  // namespace shmx::otlp
