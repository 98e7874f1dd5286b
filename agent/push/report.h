// What pushes did, for the agent's own metrics. Plain values.
#ifndef SHM_EXPORTER_AGENT_PUSH_REPORT_H
#define SHM_EXPORTER_AGENT_PUSH_REPORT_H

#include <cstdint>

namespace shmx::push {

/// What one push did.
struct Report {
  enum class Outcome {
    accepted,  ///< every request, perhaps but for rejected points; there may have been none
    refused,   ///< some request was refused for good
    failed,    ///< some request was not accepted within the time
    skipped,   ///< there were no families to push: the agent itself answers 503
  };
  Outcome outcome = Outcome::accepted;
  std::uint64_t requests = 0;  ///< attempts
  std::uint64_t retries = 0;   ///< attempts after the first of a message
  std::uint64_t points_accepted = 0;
  std::uint64_t points_rejected = 0;  ///< by a partial success
  std::uint64_t sent_bytes = 0;
  double duration_seconds = 0;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_REPORT_H
