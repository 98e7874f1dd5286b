// See point_writer.h. Within a message fields are written last to first.
#include "agent/otlp/point_writer.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>

#include "agent/otlp/exemplars.h"

namespace shmx::otlp {
namespace {

using model::Ticks;
using render::BackwardWriter;

constexpr Ticks kMaxUint64 = std::numeric_limits<std::uint64_t>::max();
constexpr Ticks kMaxInt64 = std::numeric_limits<std::int64_t>::max();
constexpr Ticks kMinInt64 = std::numeric_limits<std::int64_t>::min();

// What a point has besides attributes, exemplars and buckets: ten fields at most.
constexpr std::size_t kMaxFixedBytes = 12 * kMaxFieldBytes;
// A count and a bound.
constexpr std::size_t kMaxBucketBytes = 2 * sizeof(std::uint64_t);

std::uint64_t to_uint64(Ticks count) noexcept {
  return static_cast<std::uint64_t>(std::clamp<Ticks>(count, 0, kMaxUint64));
}

bool has_native(const model::FamilyInfo& info, const model::HistogramValue& value) noexcept {
  return info.native && value.native.size() == info.native->cells();
}

bool has_classic(const model::FamilyInfo& info, const model::HistogramValue& value) noexcept {
  return info.is_classic() && value.buckets.size() == info.bounds.size() + 1;
}

/// One side, `cells` by ascending magnitude, as the field of this number: the buckets from the
/// first that is not empty to the last, whose indexes are lower by one than Prometheus'.
///
/// What overflowed, the last cell, is in the bucket that follows the range. Where a scrape has it,
/// at +Inf, there would be thousands of empty buckets in between. It is known to be above the
/// range, and no more, so that bucket is its lower bound, as the largest finite le is for
/// quantiles of classic buckets; that a histogram saturates is seen there as well.
void write_side(unsigned field, const NativeBuckets& native, std::span<const Ticks> cells,
                BackwardWriter& out) noexcept {
  std::size_t last = cells.size();
  while (last > 0 && cells[last - 1] == 0) {
    --last;
  }
  if (last == 0) {
    return;
  }
  std::size_t first = 0;
  while (cells[first] == 0) {
    ++first;
  }
  const char* const end = out.at();
  BackwardWriter at = out;
  for (std::size_t i = last; i-- > first;) {
    at.varint(to_uint64(cells[i]));
  }
  at.close(2, end);
  at.sint_field(1, native.first_index + static_cast<std::int64_t>(first) - 1);
  at.close(field, end);
  out = at;
}

}  // namespace

void PointWriter::prepare(const model::FamilyInfo& info, AttributeRules rules) noexcept {
  info_ = &info;
  rules_ = rules;
  const std::size_t cells = info.native ? info.native->cells() : 0;
  max_value_bytes_ =
      kMaxFixedBytes + (info.bounds.size() + 1) * kMaxBucketBytes + cells * render::kMaxVarintBytes;
}

Kind PointWriter::kind_of(const model::Point& point) const noexcept {
  if (const auto* histogram = std::get_if<model::HistogramValue>(&point.value)) {
    const bool exponential =
        has_native(*info_, *histogram) &&
        (histograms_ == Histograms::exponential || !has_classic(*info_, *histogram));
    return exponential ? Kind::exponential_histogram : Kind::histogram;
  }
  const bool is_sum = info_->type == model::Type::counter &&
                      std::holds_alternative<model::CounterValue>(point.value);
  return is_sum ? Kind::sum : Kind::gauge;
}

std::size_t PointWriter::max_bytes(const model::Point& point) const noexcept {
  return max_value_bytes_ + max_attributes_bytes(*point.series) +
         max_exemplars_bytes(point.exemplars);
}

void PointWriter::write(Kind kind, const model::Point& point, BackwardWriter& out) const noexcept {
  const char* const end = out.at();
  switch (kind) {
    case Kind::gauge:
    case Kind::sum:
      write_number(kind, point, out);
      break;
    case Kind::histogram:
      write_histogram(point, std::get<model::HistogramValue>(point.value), out);
      break;
    case Kind::exponential_histogram:
      write_exponential(point, std::get<model::HistogramValue>(point.value), out);
      break;
  }
  out.close(1, end);
}

void PointWriter::write_number(Kind kind, const model::Point& point,
                               BackwardWriter& out) const noexcept {
  write_attributes(7, point.series->labels(), rules_, out);
  const auto* const counter = std::get_if<model::CounterValue>(&point.value);
  const bool is_int = kind == Kind::sum && info_->ticks_per_unit == 1 &&
                      counter->ticks >= kMinInt64 && counter->ticks <= kMaxInt64;
  if (is_int) {
    out.fixed64_field(6, static_cast<std::uint64_t>(counter->ticks));
  }
  write_exemplars(5, point.exemplars, out);
  if (!is_int) {
    out.double_field(4, counter != nullptr ? model::to_units(counter->ticks, info_->ticks_per_unit)
                                           : std::get<model::GaugeValue>(point.value).value);
  }
  // A gauge's value is of a moment: it has no beginning.
  write_times(kind == Kind::sum ? point.created_unix_ns : 0, out);
}

void PointWriter::write_histogram(const model::Point& point, const model::HistogramValue& value,
                                  BackwardWriter& out) const noexcept {
  write_attributes(9, point.series->labels(), rules_, out);
  write_exemplars(8, point.exemplars, out);
  if (has_classic(*info_, value)) {
    const std::vector<double>& bounds = info_->bounds;
    if (!bounds.empty()) {
      // Doubles are on the wire as they are in memory (backward_writer.h).
      const std::string_view packed(reinterpret_cast<const char*>(bounds.data()),
                                    bounds.size() * sizeof(double));
      out.string_field(7, packed);
    }
    const char* const end = out.at();
    BackwardWriter at = out;
    for (std::size_t i = value.buckets.size(); i-- > 0;) {
      at.fixed64(to_uint64(value.buckets[i]));
    }
    at.close(6, end);
    out = at;
  }
  write_counts(value, out);
  write_times(point.created_unix_ns, out);
}

void PointWriter::write_exponential(const model::Point& point, const model::HistogramValue& value,
                                    BackwardWriter& out) const noexcept {
  const NativeBuckets& native = *info_->native;
  const std::span<const Ticks> cells = value.native;
  const std::size_t side = native.count + 1;
  out.double_field(14, zero_threshold(native));
  write_exemplars(11, point.exemplars, out);
  if (native.negative) {
    write_side(9, native, cells.subspan(1 + side, side), out);
  }
  write_side(8, native, cells.subspan(1, side), out);
  out.fixed64_field(7, to_uint64(cells[0]));
  out.sint_field(6, native.schema);
  write_counts(value, out);
  write_times(point.created_unix_ns, out);
  write_attributes(1, point.series->labels(), rules_, out);
}

/// Both kinds of histograms have these fields. The sum is there even if observations may be below
/// 0: it is what they add up to, though not a counter then.
void PointWriter::write_counts(const model::HistogramValue& value,
                               BackwardWriter& out) const noexcept {
  out.double_field(5, model::to_units(value.sum, info_->ticks_per_unit));
  out.fixed64_field(4, to_uint64(value.observations()));
}

/// All kinds of points have these fields. No point begins after its end, whatever the clock did.
void PointWriter::write_times(std::int64_t start_unix_ns, BackwardWriter& out) const noexcept {
  out.fixed64_field(3, static_cast<std::uint64_t>(std::max({unix_ns_, start_unix_ns, {}})));
  if (start_unix_ns > 0) {
    out.fixed64_field(2, static_cast<std::uint64_t>(start_unix_ns));
  }
}

}  // namespace shmx::otlp
