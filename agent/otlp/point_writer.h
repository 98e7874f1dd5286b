// One point as a data point message of its kind of metric.
#ifndef SHM_EXPORTER_AGENT_OTLP_POINT_WRITER_H
#define SHM_EXPORTER_AGENT_OTLP_POINT_WRITER_H

#include <cstddef>
#include <cstdint>

#include "agent/model/model.h"
#include "agent/otlp/attributes.h"
#include "agent/otlp/options.h"
#include "agent/render/backward_writer.h"

namespace shmx::otlp {

/// The metric's field that holds the points.
enum class Kind : unsigned { gauge = 5, sum = 7, histogram = 9, exponential_histogram = 10 };

class PointWriter {
 public:
  /// `unix_ns`: when the values were collected.
  PointWriter(Histograms histograms, std::int64_t unix_ns) noexcept
      : histograms_(histograms), unix_ns_(unix_ns) {}

  /// Says whose points come next; `info` must live as long as they are written.
  void prepare(const model::FamilyInfo& info, AttributeRules rules) noexcept;

  /// A histogram is one in an untyped family, too (jobs disagreed about the type): nothing else
  /// holds its value.
  Kind kind_of(const model::Point& point) const noexcept;

  /// No encoding of the point is longer.
  std::size_t max_bytes(const model::Point& point) const noexcept;

  /// Writes the point as a field `data_points`.
  void write(Kind kind, const model::Point& point, render::BackwardWriter& out) const noexcept;

 private:
  void write_number(Kind kind, const model::Point& point,
                    render::BackwardWriter& out) const noexcept;
  void write_histogram(const model::Point& point, const model::HistogramValue& value,
                       render::BackwardWriter& out) const noexcept;
  void write_exponential(const model::Point& point, const model::HistogramValue& value,
                         render::BackwardWriter& out) const noexcept;
  void write_times(std::int64_t start_unix_ns, render::BackwardWriter& out) const noexcept;
  void write_counts(const model::HistogramValue& value, render::BackwardWriter& out) const noexcept;

  Histograms histograms_;
  std::int64_t unix_ns_;
  const model::FamilyInfo* info_ = nullptr;
  AttributeRules rules_;
  std::size_t max_value_bytes_ = 0;
};

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_POINT_WRITER_H
