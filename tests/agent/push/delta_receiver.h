// What a receiver of deltas ends up with: sums of differences in ticks, and the rules that each
// difference must keep. And a store of what it acknowledged that survives its exporter.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_DELTA_RECEIVER_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_DELTA_RECEIVER_H

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "agent/model/model.h"
#include "agent/otlp/encoder.h"
#include "agent/push/acknowledged_store.h"

namespace shmx::push {

using Cells = std::vector<model::Ticks>;

/// A counter's one number; a histogram's buckets, native buckets and sum.
Cells cells_of(const decltype(model::Point::value)& value);

std::string key_of(const model::Family& family, const model::Point& point);

/// All the points that could be sent.
std::vector<otlp::Encoded> points_of(const std::vector<const model::Family*>& families);

class DeltaReceiver {
 public:
  /// Accepts points of a push that ends at `unix_ns`. Throws if one is negative or empty, or begins
  /// before what came before has ended.
  void accept(std::span<const otlp::Encoded> points, std::int64_t unix_ns);

  /// Empty for what never came.
  Cells total(const std::string& key) const;

 private:
  struct Stream {
    Cells total;
    std::int64_t end = 0;
  };
  std::map<std::string, Stream> streams_;
};

/// In place of agent/state's.
struct StoreInMemory {
  std::map<std::string, model::Acknowledged> series;
  std::string loss;  ///< the next load says so
  bool fails_to_load = false;
  bool fails_to_save = false;
  std::size_t saves = 0;

  /// Shorter-lived than this.
  AcknowledgedStore store();
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_DELTA_RECEIVER_H
