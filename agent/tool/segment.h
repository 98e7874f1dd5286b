// Opening one segment file that an operator named, and reading it once.
#ifndef SHM_EXPORTER_AGENT_TOOL_SEGMENT_H
#define SHM_EXPORTER_AGENT_TOOL_SEGMENT_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "shm/file.h"
#include "shm/reader.h"
#include "shm/result.h"

namespace shmx::tool {

/// A segment that was read, whole.
struct Segment {
  std::string path;
  std::uint64_t size_bytes = 0;
  LockState state = LockState::error;
  SegmentReader reader;
};

/// The exemplars of the series of this index.
std::span<const ExemplarReading> exemplars_of(const Segment& segment, std::size_t series);

/// Opens and reads a segment. An error says what was tried, why it failed and what was expected.
Result<Segment> load(const std::string& path);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_SEGMENT_H
