// What a receiver of deltas has got of a series: what the next difference is taken against. Plain
// values between agent/push, which takes differences, and agent/state, where they outlive the
// agent.
#ifndef SHM_EXPORTER_AGENT_MODEL_ACKNOWLEDGED_H
#define SHM_EXPORTER_AGENT_MODEL_ACKNOWLEDGED_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/model.h"

namespace shmx::model {

struct Acknowledged {
  std::string key;  ///< the family's name, {, and the series' label block: unique on a page
  /// What the value is of; its type, resolution and buckets count, the rest may be empty.
  std::shared_ptr<const FamilyInfo> info;
  decltype(Point::value) value;      ///< a counter's or a histogram's
  std::int64_t created_unix_ns = 0;  ///< as of the point that it was; 0: unknown
  std::int64_t unix_ns = 0;          ///< when the value was collected
};

/// Everything is absolute, so doing it twice is doing it once.
struct AcknowledgedChanges {
  bool whole = false;  ///< `written` is all there is: what is stored besides is not true any more
  std::vector<const Acknowledged*> written;  ///< new, or in place of what has the same key
  std::vector<std::string> removed;          ///< keys
};

struct AcknowledgedLoaded {
  std::vector<Acknowledged> series;
  /// Why what was stored cannot be used: a receiver may have got anything. Empty: it can be, or
  /// there was nothing.
  std::string loss;
};

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_ACKNOWLEDGED_H
