// What the server says when it has no snapshot to give: the client knows by it that an agent
// answered. Why somebody is turned away is for the log alone.
#ifndef SHM_EXPORTER_AGENT_FEED_ANSWERS_H
#define SHM_EXPORTER_AGENT_FEED_ANSWERS_H

#include <string_view>

namespace shmx::feed {

inline constexpr std::string_view kStopping = "the agent stops";
inline constexpr std::string_view kNoMetricsNow =
    "the agent has no complete metrics at the moment, its log says why; try again";

inline constexpr std::string_view kUnauthenticated =
    "these are no credentials that the agent accepts, its log says why";
inline constexpr std::string_view kForbidden = "no metrics are for whom these credentials show";
inline constexpr std::string_view kBusy = "the agent cannot check credentials now; try again";

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_ANSWERS_H
