// shmtool check segments: who publishes in a directory, what is wrong there, and what to do about
// it.
#ifndef SHM_EXPORTER_AGENT_TOOL_CHECK_SEGMENTS_H
#define SHM_EXPORTER_AGENT_TOOL_CHECK_SEGMENTS_H

#include <string>

#include "shm/result.h"

namespace shmx::tool {

struct SegmentsVerdict {
  std::string text;  ///< for people, of whole lines; one begins with "problem" per problem
  bool fits = false;
};

/// Looks at each file as an agent would: from outside first, then once at what it says. What shows
/// only from one look to the next (a counter that falls) and what a configuration says (whose job a
/// tenant may claim) is the agent's to find. An error when the directory cannot be listed.
Result<SegmentsVerdict> check_segments(const std::string& directory);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_CHECK_SEGMENTS_H
