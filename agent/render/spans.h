// Native buckets as protobuf has them: runs of buckets that follow each other, and their counts.
#ifndef SHM_EXPORTER_AGENT_RENDER_SPANS_H
#define SHM_EXPORTER_AGENT_RENDER_SPANS_H

#include <cstdint>
#include <span>
#include <vector>

#include "agent/model/model.h"

namespace shmx::render {

struct BucketSpan {
  std::int32_t offset;   ///< the first one's: its index; later ones': empty buckets in between
  std::uint32_t length;  ///< buckets
  friend bool operator==(const BucketSpan&, const BucketSpan&) = default;
};

/// The spans of one side, positive or negative; overwritten for each value, for the memory's sake.
struct Spans {
  std::vector<BucketSpan> spans;
  std::vector<model::Ticks> counts;  ///< of all buckets in the spans

  /// `cells`: the side's buckets by ascending magnitude, then its overflow. Empty buckets are left
  /// out, but a gap of one or two is cheaper as buckets than as a span.
  void assign(const NativeBuckets& native, std::span<const model::Ticks> cells);
};

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_SPANS_H
