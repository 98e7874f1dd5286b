// Families as OTLP: the bytes of ExportMetricsServiceRequest, MetricsData and the feed's Snapshot,
// which are the same, one ResourceMetrics per job (or per process of a job with per_process). The
// one door to this room; see agent/otlp/proto for the messages.
#ifndef SHM_EXPORTER_AGENT_OTLP_ENCODER_H
#define SHM_EXPORTER_AGENT_OTLP_ENCODER_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/model/model.h"
#include "agent/otlp/options.h"

namespace shmx::otlp {

enum class Temporality { cumulative, delta };

/// What is encoded, apart from the families. Empty lists leave nothing out.
struct Choice {
  std::vector<std::string> metrics{};  ///< as FamilyInfo::name
  std::vector<std::string> jobs{};     ///< the agent's own points are of Options::own_service
  Temporality temporality = Temporality::cumulative;
  std::int64_t unix_ns = 0;  ///< when the values were collected
};

/// A point that a message holds, and the family that it is of. Both live as long as the families
/// that were encoded.
struct Encoded {
  const model::Family* family;
  const model::Point* point;
};

struct Message {
  std::string bytes;
  std::vector<Encoded> points;  ///< in the order in which they are in the bytes
};

/// Encodes families one message at a time, so that memory is bounded by one. Not thread-safe; does
/// not change what it reads.
///
/// What a point becomes, its value says: a CounterValue of a counter is a monotonic sum, a
/// HistogramValue a histogram with explicit or exponential buckets, in a family of whatever type;
/// these are of the choice's temporality, so for deltas their values and created_unix_ns are of the
/// time since the snapshot before. Everything else is a gauge, and always the value of now.
///
/// service.namespace (the tenant), service.name and service.instance.id tell resources apart: the
/// instance is Options::instance, with ":PID" for a process, and with ":services" for a job that
/// has the agent's own name.
class Encoder {
 public:
  /// `options` and `families` (and the families pointed to) outlive the encoder.
  Encoder(const Options& options, std::span<const model::Family* const> families,
          const Choice& choice);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  /// The next message, of at most so many bytes unless a single point takes more; nothing when all
  /// points were encoded. A point is in one message, the last points in the first one. Throws
  /// std::bad_alloc only.
  std::optional<Message> next(std::size_t max_bytes);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_ENCODER_H
