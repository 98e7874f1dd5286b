// See encoder.h. Everything is written from its end to its beginning, so the last resource is in
// the first message; within a message the order is that of the families.
#include "agent/otlp/encoder.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/otlp/attributes.h"
#include "agent/otlp/backward_buffer.h"
#include "agent/otlp/names.h"
#include "agent/otlp/point_writer.h"
#include "agent/otlp/resources.h"

namespace shmx::otlp {
namespace {

constexpr std::string_view kScope = "shm_exporter";

/// What completes a resource: its own fields, the scope's, and the lengths of the messages around
/// the metrics.
constexpr std::size_t kMaxResourceBytes = kScope.size() + 4 * kMaxFieldBytes;

/// What begins and completes a metric, besides its texts: six fields and the message around them.
constexpr std::size_t kMaxMetricBytes = 7 * kMaxFieldBytes;

std::uint64_t number_of(Temporality temporality) noexcept {
  return temporality == Temporality::delta ? 1 : 2;
}

}  // namespace

class Encoder::Impl {
 public:
  Impl(const Options& options, std::span<const model::Family* const> families, const Choice& choice)
      : options_(options),
        temporality_(choice.temporality),
        points_(options.histograms, choice.unix_ns),
        resources_(resources_of(options, families, choice)) {
    enter_resource();
  }

  std::optional<Message> next(std::size_t max_bytes) {
    if (resources_.empty()) {
      return {};
    }
    Message message;
    message.points.reserve(expected_points_);
    buffer_.rewind(0);
    while (!resources_.empty() && add_resource(max_bytes, message)) {
      resources_.pop_back();
      enter_resource();
    }
    message.bytes = buffer_.written();
    std::reverse(message.points.begin(), message.points.end());
    expected_points_ = message.points.size();
    return message;
  }

 private:
  /// A run of points with one header.
  struct Metric {
    const model::FamilyInfo* info;
    MetricName name;
    Kind kind;
  };

  void enter_resource() {
    if (!resources_.empty()) {
      resource_ = encoded_resource(options_, resources_.back());
    }
  }

  bool add_resource(std::size_t max_bytes, Message& message);
  bool add_metric(std::size_t max_bytes, Message& message);
  bool add_points(const Metric& metric, std::size_t max_bytes, Message& message);

  /// Says that points of the family are next.
  MetricName prepare(const model::FamilyInfo& info) {
    const MetricName name = metric_name(info, options_.names);
    points_.prepare(
        info, {resources_.back().pid.has_value(), name.has_otel_labels, !info.tenant.empty()});
    return name;
  }
  /// Whether the last point that is left continues the metric. It is prepared for then.
  bool continues(const Metric& metric, const model::FamilyInfo& prepared);

  const Options& options_;
  Temporality temporality_;
  PointWriter points_;
  /// Those that are left, with the points of the last one that are left.
  std::vector<Resource> resources_;
  std::string resource_;  ///< the last one's fields
  BackwardBuffer buffer_;
  std::size_t expected_points_ = 0;  ///< as many as the message before had
};

/// Returns whether all that was left of the last resource is in the message.
bool Encoder::Impl::add_resource(std::size_t max_bytes, Message& message) {
  const std::size_t end = buffer_.size();
  bool complete = true;
  while (complete && !resources_.back().points.empty()) {
    complete = add_metric(max_bytes, message);
  }
  if (buffer_.size() == end) {
    return complete;
  }
  // add_points() has seen to the room, here and in add_metric().
  render::BackwardWriter& out = buffer_.writer(0);
  const char* const scope_end = out.at();
  out.string_field(1, kScope);
  out.close(1, scope_end);
  out.close(2, buffer_.at(end));
  out.bytes(resource_);
  out.close(1, buffer_.at(end));
  return complete;
}

/// Adds the last points that are left, as far as they have one header. Returns whether they are in
/// the message.
bool Encoder::Impl::add_metric(std::size_t max_bytes, Message& message) {
  const std::size_t end = buffer_.size();
  const std::size_t points = message.points.size();
  const Encoded& last = resources_.back().points.back();
  const model::FamilyInfo& info = *last.family->info;
  const MetricName name = prepare(info);
  const Metric metric{&info, name, points_.kind_of(*last.point)};

  render::BackwardWriter& begin = buffer_.writer(kMaxMetricBytes);
  if (metric.kind == Kind::sum) {
    begin.uint_field(3, 1);  // is_monotonic
  }
  if (metric.kind != Kind::gauge) {
    begin.uint_field(2, number_of(temporality_));
  }
  const bool complete = add_points(metric, max_bytes, message);
  if (message.points.size() == points) {
    buffer_.rewind(end);
    return false;
  }
  render::BackwardWriter& out = buffer_.writer(0);
  out.close(static_cast<unsigned>(metric.kind), buffer_.at(end));
  if (!name.unit.empty()) {
    out.string_field(3, name.unit);
  }
  if (!info.help.empty()) {
    out.string_field(2, info.help);
  }
  out.string_field(1, name.name);
  out.close(2, buffer_.at(end));
  return complete;
}

bool Encoder::Impl::add_points(const Metric& metric, std::size_t max_bytes, Message& message) {
  const std::size_t completion = resource_.size() + kMaxResourceBytes + metric.name.name.size() +
                                 metric.name.unit.size() + metric.info->help.size() +
                                 kMaxMetricBytes;
  std::vector<Encoded>& left = resources_.back().points;
  const model::FamilyInfo* prepared = metric.info;
  while (!left.empty() && continues(metric, *prepared)) {
    const Encoded& encoded = left.back();
    prepared = encoded.family->info.get();
    const std::size_t before = buffer_.size();
    render::BackwardWriter& out = buffer_.writer(points_.max_bytes(*encoded.point) + completion);
    points_.write(metric.kind, *encoded.point, out);
    if (buffer_.size() + completion > max_bytes && !message.points.empty()) {
      buffer_.rewind(before);
      return false;
    }
    message.points.push_back(encoded);
    left.pop_back();
  }
  return true;
}

bool Encoder::Impl::continues(const Metric& metric, const model::FamilyInfo& prepared) {
  const Encoded& next = resources_.back().points.back();
  const model::FamilyInfo& info = *next.family->info;
  if (&info != &prepared) {
    // Neighbours of a name, or another name.
    if (info.name != metric.info->name || info.type != metric.info->type ||
        info.unit != metric.info->unit || info.help != metric.info->help) {
      return false;
    }
    prepare(info);
  }
  return points_.kind_of(*next.point) == metric.kind;
}

Encoder::Encoder(const Options& options, std::span<const model::Family* const> families,
                 const Choice& choice)
    : impl_(std::make_unique<Impl>(options, families, choice)) {}

Encoder::~Encoder() = default;

std::optional<Message> Encoder::next(std::size_t max_bytes) {
  return impl_->next(max_bytes);
}

}  // namespace shmx::otlp
