#include "tests/agent/otlp/decoded.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace shmx::otlp {
namespace {

template <typename Points>
void append_singly(const proto::Metric& metric, const Points& points,
                   std::vector<proto::Metric>& made) {
  const auto* const data = metric.GetReflection()->GetOneofFieldDescriptor(
      metric, metric.GetDescriptor()->FindOneofByName("data"));
  for (const auto& point : points) {
    proto::Metric single = metric;
    auto* const message = single.GetReflection()->MutableMessage(&single, data);
    const auto* const field = message->GetDescriptor()->FindFieldByName("data_points");
    message->GetReflection()->ClearField(message, field);
    message->GetReflection()->AddMessage(message, field)->CopyFrom(point);
    made.push_back(std::move(single));
  }
}

const Attributes& attributes_of(const proto::Metric& single) {
  switch (single.data_case()) {
    case proto::Metric::kSum:
      return single.sum().data_points(0).attributes();
    case proto::Metric::kHistogram:
      return single.histogram().data_points(0).attributes();
    case proto::Metric::kExponentialHistogram:
      return single.exponential_histogram().data_points(0).attributes();
    default:
      return single.gauge().data_points(0).attributes();
  }
}

std::string identity(const proto::ResourceMetrics& resource, const proto::Metric& single) {
  Labels labels = labels_of(attributes_of(single));
  std::sort(labels.begin(), labels.end());
  std::string text = resource.resource().ShortDebugString() + " " + single.name();
  for (const Label& label : labels) {
    text.append(1, '\0').append(label.name).append(1, '\0').append(label.value);
  }
  return text;
}

template <typename Visit>
void for_each_point(const Request& request, const Visit& visit) {
  for (const proto::ResourceMetrics& resource : request.resource_metrics()) {
    for (const proto::ScopeMetrics& scope : resource.scope_metrics()) {
      EXPECT_EQ(scope.scope().name(), "shm_exporter");
      for (const proto::Metric& metric : scope.metrics()) {
        const std::vector<proto::Metric> singles = single_points(metric);
        EXPECT_FALSE(singles.empty()) << metric.name();
        for (const proto::Metric& single : singles) {
          visit(resource, single);
        }
      }
    }
  }
}

}  // namespace

Labels labels_of(const Attributes& attributes) {
  Labels labels;
  for (const auto& attribute : attributes) {
    EXPECT_TRUE(attribute.value().has_string_value()) << attribute.key();
    labels.push_back({attribute.key(), attribute.value().string_value()});
  }
  return labels;
}

Request decode(const std::string& bytes) {
  Request request;
  EXPECT_TRUE(request.ParseFromString(bytes));
  return request;
}

std::vector<Message> messages(const Options& options,
                              std::span<const model::Family* const> families, const Choice& choice,
                              std::size_t max_bytes) {
  Encoder encoder(options, families, choice);
  std::vector<Message> made;
  while (auto message = encoder.next(max_bytes)) {
    made.push_back(std::move(*message));
  }
  EXPECT_FALSE(encoder.next(max_bytes)) << "there is nothing after the end";
  return made;
}

Request request(const Options& options, std::span<const model::Family* const> families,
                const Choice& choice) {
  const std::vector<Message> made = messages(options, families, choice);
  EXPECT_LE(made.size(), 1U);
  return made.empty() ? Request() : decode(made.front().bytes);
}

std::vector<proto::Metric> single_points(const proto::Metric& metric) {
  std::vector<proto::Metric> made;
  append_singly(metric, metric.gauge().data_points(), made);
  append_singly(metric, metric.sum().data_points(), made);
  append_singly(metric, metric.histogram().data_points(), made);
  append_singly(metric, metric.exponential_histogram().data_points(), made);
  return made;
}

std::string stream(const proto::ResourceMetrics& resource, const proto::Metric& metric) {
  return resource.resource().ShortDebugString() + " | " + metric.ShortDebugString();
}

std::vector<std::string> streams(const Request& request) {
  std::vector<std::string> made;
  for_each_point(request, [&](const auto& resource, const auto& single) {
    made.push_back(stream(resource, single));
  });
  return made;
}

std::vector<std::string> identities(const Request& request) {
  std::vector<std::string> made;
  for_each_point(request, [&](const auto& resource, const auto& single) {
    made.push_back(identity(resource, single));
  });
  return made;
}

}  // namespace shmx::otlp
