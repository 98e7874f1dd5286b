// What check segments found, and how it is told.
#ifndef SHM_EXPORTER_AGENT_TOOL_SEGMENTS_REPORT_H
#define SHM_EXPORTER_AGENT_TOOL_SEGMENTS_REPORT_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shm/file.h"
#include "shm/layout.h"
#include "shm/reader.h"

namespace shmx::tool {

/// A segment that is served.
struct Publisher {
  std::string path;
  LockState state = LockState::error;
  SegmentClaims claims;
  std::string user;     ///< the owner's name, or number
  std::string program;  ///< of the process, if it is the owner's; empty: not known
  std::size_t series = 0;
  std::array<std::uint64_t, layout::kLossCount> losses{};
};

/// A file, or a part of a segment, that is left out.
struct LeftOut {
  std::string path;
  std::string detail;
};

struct Findings {
  std::string directory;
  std::vector<Publisher> publishers;
  std::map<std::string, std::vector<LeftOut>, std::less<>> refused;  ///< by reason
  std::map<std::string, std::vector<LeftOut>, std::less<>> omitted;  ///< likewise, of publishers
  std::vector<std::string> directory_problems;                       ///< sentences
};

/// For people; printable, whatever the segments say.
std::string text_of(const Findings& findings);

/// Whether text_of() has no problem to tell.
bool is_fine(const Findings& findings);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_SEGMENTS_REPORT_H
