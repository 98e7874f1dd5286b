// One series as a Metric message of io.prometheus.client.
#ifndef SHM_EXPORTER_AGENT_RENDER_METRIC_ENCODER_H
#define SHM_EXPORTER_AGENT_RENDER_METRIC_ENCODER_H

#include <cstddef>
#include <vector>

#include "agent/model/model.h"
#include "agent/render/backward_writer.h"
#include "agent/render/spans.h"

namespace shmx::render {

class MetricEncoder {
 public:
  /// Says whose points come next; `info` must live as long as they are encoded.
  void prepare(const model::FamilyInfo& info);

  /// No encoding of the point is longer.
  std::size_t max_bytes(const model::Point& point) const;

  /// Writes the point as a field `metric` of a MetricFamily. A number is of the family's type.
  void write(const model::Point& point, BackwardWriter& out);

 private:
  void write_histogram(const model::Point& point, const model::HistogramValue& value,
                       BackwardWriter& out);
  void write_buckets(const model::Point& point, const model::HistogramValue& value,
                     model::Ticks observations, BackwardWriter& out);
  void write_native(const model::HistogramValue& value, bool wide, BackwardWriter& out);

  const model::FamilyInfo* info_ = nullptr;
  std::size_t max_value_bytes_ = 0;
  // Of the point at hand; kept for their memory.
  std::vector<const model::Exemplar*> exemplars_;
  Spans positive_;
  Spans negative_;
};

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_METRIC_ENCODER_H
