// What the server says when it has no snapshot to give: the client knows by it that an agent
// answered.
#ifndef SHM_EXPORTER_AGENT_FEED_ANSWERS_H
#define SHM_EXPORTER_AGENT_FEED_ANSWERS_H

#include <string_view>

namespace shmx::feed {

inline constexpr std::string_view kStopping = "the agent stops";
inline constexpr std::string_view kNoMetricsNow =
    "the agent has no complete metrics at the moment, its log says why; try again";

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_ANSWERS_H
