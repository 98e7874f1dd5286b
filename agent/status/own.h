// The agent's own families, looked up by name: what its health is told by.
#ifndef SHM_EXPORTER_AGENT_STATUS_OWN_H
#define SHM_EXPORTER_AGENT_STATUS_OWN_H

#include <functional>
#include <string_view>
#include <vector>

#include "agent/model/model.h"

namespace shmx::status {

/// Counters and gauges, in units.
class Own {
 public:
  /// `families` ordered by name, and longer-lived than this.
  explicit Own(const std::vector<model::Family>& families) : families_(families) {}

  /// Called for every sample of the family; not at all when there is no such.
  void each(std::string_view family,
            const std::function<void(const Labels&, double)>& receive) const;

  /// The sum of all samples; 0 when there is none.
  double sum(std::string_view family) const;

 private:
  const std::vector<model::Family>& families_;
};

}  // namespace shmx::status

#endif  // SHM_EXPORTER_AGENT_STATUS_OWN_H
