// The certificates that a segment's process says it presents, decoded.
#ifndef SHM_EXPORTER_AGENT_TOOL_PRESENTED_H
#define SHM_EXPORTER_AGENT_TOOL_PRESENTED_H

#include <vector>

#include "agent/tool/segment.h"
#include "agent/x509/names.h"
#include "shm/result.h"

namespace shmx::tool {

/// The process's own first; none if it published none. An error: what it published is no
/// certificate.
Result<std::vector<x509::Names>> presented_by(const Segment& segment);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_PRESENTED_H
