// See metric_encoder.h. Field numbers are those of
// https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto; within
// a message fields are written last to first.
#include "agent/render/metric_encoder.h"

#include <algorithm>
#include <limits>
#include <span>

#include "agent/render/exemplars.h"

namespace shmx::render {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr model::Ticks kMaxUint64 = std::numeric_limits<std::uint64_t>::max();
constexpr model::Ticks kMaxInt64 = std::numeric_limits<std::int64_t>::max();

// Upper bounds of what is encoded, generously: a field's tag and length are a varint each.
constexpr std::size_t kMaxFieldBytes = 2 * kMaxVarintBytes;
constexpr std::size_t kMaxLabelBytes = 3 * kMaxFieldBytes;  // besides the texts
constexpr std::size_t kMaxBucketBytes = 3 * kMaxFieldBytes;
constexpr std::size_t kMaxTimestampBytes = 3 * kMaxFieldBytes;
constexpr std::size_t kMaxExemplarBytes = kMaxTimestampBytes + 3 * kMaxFieldBytes;
// A native bucket's delta, and a span if it needs one.
constexpr std::size_t kMaxCellBytes = 3 * kMaxFieldBytes;
// What a histogram has besides its buckets; a number has less.
constexpr std::size_t kMaxFixedBytes = kMaxTimestampBytes + 16 * kMaxFieldBytes;

std::size_t max_bytes(const Labels& labels) noexcept {
  std::size_t bytes = 0;
  for (const Label& label : labels) {
    bytes += label.name.size() + label.value.size() + kMaxLabelBytes;
  }
  return bytes;
}

std::uint64_t to_uint64(model::Ticks count) noexcept {
  return static_cast<std::uint64_t>(std::clamp<model::Ticks>(count, 0, kMaxUint64));
}

void write_labels(const Labels& labels, BackwardWriter& out) noexcept {
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    const char* const end = out.at();
    out.string_field(2, label->value);
    out.string_field(1, label->name);
    out.close(1, end);
  }
}

void write_timestamp(unsigned field, std::int64_t unix_ns, BackwardWriter& out) noexcept {
  if (unix_ns <= 0) {
    return;
  }
  const char* const end = out.at();
  out.uint_field(2, static_cast<std::uint64_t>(unix_ns % kNsPerSecond));
  out.uint_field(1, static_cast<std::uint64_t>(unix_ns / kNsPerSecond));
  out.close(field, end);
}

void write_exemplar(unsigned field, const model::Exemplar& exemplar, BackwardWriter& out) noexcept {
  const char* const end = out.at();
  write_timestamp(3, exemplar.unix_ns, out);
  out.double_field(2, exemplar.value);
  write_labels(exemplar.labels, out);
  out.close(field, end);
}

/// As the field `exemplar` of a bucket.
BackwardWriter with_exemplar(const model::Exemplar& exemplar, BackwardWriter at) noexcept {
  write_exemplar(3, exemplar, at);
  return at;
}

/// The counts of one side as differences, or, of more than 63 bits, as floats.
void write_counts(const Spans& side, unsigned delta_field, unsigned count_field, bool wide,
                  BackwardWriter& out) noexcept {
  if (side.counts.empty()) {
    return;
  }
  const char* const end = out.at();
  for (std::size_t i = side.counts.size(); i-- > 0;) {
    if (wide) {
      out.fixed64(static_cast<double>(side.counts[i]));
    } else {
      out.zigzag(static_cast<std::int64_t>(side.counts[i] - (i > 0 ? side.counts[i - 1] : 0)));
    }
  }
  out.close(wide ? count_field : delta_field, end);
}

void write_spans(const Spans& side, unsigned field, BackwardWriter& out) noexcept {
  for (auto span = side.spans.rbegin(); span != side.spans.rend(); ++span) {
    const char* const end = out.at();
    out.uint_field(2, span->length);
    out.sint_field(1, span->offset);
    out.close(field, end);
  }
}

}  // namespace

void MetricEncoder::prepare(const model::FamilyInfo& info) {
  info_ = &info;
  const std::size_t cells = info.native ? info.native->cells() : 0;
  max_value_bytes_ =
      kMaxFixedBytes + (info.bounds.size() + 1) * kMaxBucketBytes + cells * kMaxCellBytes;
}

std::size_t MetricEncoder::max_bytes(const model::Point& point) const {
  std::size_t bytes = max_value_bytes_ + point.series->label_pairs().size();
  for (const model::Exemplar& exemplar : point.exemplars) {
    bytes += kMaxExemplarBytes + render::max_bytes(exemplar.labels);
  }
  return bytes;
}

void MetricEncoder::write(const model::Point& point, BackwardWriter& out) {
  const char* const end = out.at();
  if (const auto* histogram = std::get_if<model::HistogramValue>(&point.value)) {
    write_histogram(point, *histogram, out);
    out.close(7, end);
  } else {
    const auto* counter = std::get_if<model::CounterValue>(&point.value);
    const double value = counter != nullptr ? model::to_units(counter->ticks, info_->ticks_per_unit)
                                            : std::get<model::GaugeValue>(point.value).value;
    if (info_->type == model::Type::counter) {
      write_timestamp(3, point.created_unix_ns, out);
      if (!point.exemplars.empty() && is_shown(point.exemplars.front())) {
        write_exemplar(2, point.exemplars.front(), out);
      }
    }
    out.double_field(1, value);
    out.close(info_->type == model::Type::counter ? 3
              : info_->type == model::Type::gauge ? 2
                                                  : 5,
              end);
  }
  out.bytes(point.series->label_pairs());
  out.close(4, end);
}

void MetricEncoder::write_histogram(const model::Point& point, const model::HistogramValue& value,
                                    BackwardWriter& out) {
  const model::Ticks observations = value.observations();
  // Servers that know native exemplars take them from here, if there are no classic buckets.
  if (!info_->is_classic()) {
    for (auto exemplar = point.exemplars.rbegin(); exemplar != point.exemplars.rend(); ++exemplar) {
      if (exemplar->unix_ns > 0 && is_shown(*exemplar)) {
        write_exemplar(16, *exemplar, out);
      }
    }
  }
  write_timestamp(15, point.created_unix_ns, out);
  const bool wide = observations > kMaxInt64;
  if (info_->native && value.native.size() == info_->native->cells()) {
    write_native(value, wide, out);
    if (wide) {
      out.double_field(4, static_cast<double>(observations));
    }
  }
  if (info_->is_classic() && value.buckets.size() == info_->bounds.size() + 1) {
    write_buckets(point, value, observations, out);
  }
  out.double_field(2, model::to_units(value.sum, info_->ticks_per_unit));
  out.uint_field(1, to_uint64(observations));
}

/// +Inf's bucket says no more than the number of observations: it is there for its exemplar.
void MetricEncoder::write_buckets(const model::Point& point, const model::HistogramValue& value,
                                  model::Ticks observations, BackwardWriter& out) {
  const std::vector<double>& bounds = info_->bounds;
  if (!point.exemplars.empty()) {
    exemplars_of_buckets(point.exemplars, bounds, exemplars_);
  } else {
    exemplars_.clear();
  }
  // A cursor that nobody else can see stays in a register.
  BackwardWriter at = out;
  model::Ticks cumulative = observations;
  for (std::size_t i = bounds.size() + 1; i-- > 0;) {
    const model::Exemplar* const exemplar = exemplars_.empty() ? nullptr : exemplars_[i];
    const bool infinite = i == bounds.size();
    if (!infinite || exemplar != nullptr) {
      const char* const end = at.at();
      if (exemplar != nullptr) {
        at = with_exemplar(*exemplar, at);
      }
      at.double_field(2, infinite ? std::numeric_limits<double>::infinity() : bounds[i]);
      at.uint_field(1, to_uint64(cumulative));
      at.close(3, end);
    }
    cumulative -= value.buckets[i];
  }
  out = at;
}

void MetricEncoder::write_native(const model::HistogramValue& value, bool wide,
                                 BackwardWriter& out) {
  const NativeBuckets& native = *info_->native;
  const std::span<const model::Ticks> cells = value.native;
  const std::size_t side = native.count + 1;
  positive_.assign(native, cells.subspan(1, side));
  negative_.assign(
      native, native.negative ? cells.subspan(1 + side, side) : std::span<const model::Ticks>());
  write_counts(positive_, 13, 14, wide, out);
  write_spans(positive_, 12, out);
  write_counts(negative_, 10, 11, wide, out);
  write_spans(negative_, 9, out);
  if (wide) {
    out.double_field(8, static_cast<double>(cells[0]));
  } else {
    out.uint_field(7, to_uint64(cells[0]));
  }
  out.double_field(6, zero_threshold(native));
  out.sint_field(5, native.schema);
}

}  // namespace shmx::render
