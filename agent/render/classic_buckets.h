// The buckets that formats show one by one, each with its upper bound (le): a histogram's classic
// ones, or, if it has native ones only, fewer made of those.
#ifndef SHM_EXPORTER_AGENT_RENDER_CLASSIC_BUCKETS_H
#define SHM_EXPORTER_AGENT_RENDER_CLASSIC_BUCKETS_H

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agent/model/model.h"

namespace shmx::render {

class ClassicBuckets {
 public:
  /// Says whose values come next: `info` is a histogram's. Returns whether the bounds are others
  /// now.
  bool prepare(const model::FamilyInfo& info);

  /// Finite, ascending; +Inf's is not among them. Of native buckets: where the zero bucket ends,
  /// each power of two in the range (each bound, where buckets are coarser than that), where the
  /// range ends; mirrored if it has negative ones. They depend on the family alone, so the series
  /// on the page are always the same.
  const std::vector<double>& bounds() const noexcept { return bounds_; }

  /// Observations per bucket, not cumulative: one more than bounds(), or none if the value is not
  /// of such a family. Valid until the next call, and as long as `value` is.
  std::span<const model::Ticks> of(const model::HistogramValue& value);

 private:
  void prepare_native(const NativeBuckets& native);

  std::vector<double> bounds_;
  // What bounds_ and bucket_of_cell_ were made of, if that is not the family's bounds.
  std::optional<NativeBuckets> native_;
  std::vector<std::uint32_t> bucket_of_cell_;
  std::vector<model::Ticks> made_;
};

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_CLASSIC_BUCKETS_H
