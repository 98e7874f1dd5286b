// The certificates that a segment's process says it presents, decoded.
#ifndef SHM_EXPORTER_AGENT_TOOL_PRESENTED_H
#define SHM_EXPORTER_AGENT_TOOL_PRESENTED_H

#include <string>
#include <vector>

#include "agent/identity/certificates.h"
#include "agent/tool/segment.h"
#include "shm/result.h"

namespace shmx::tool {

/// The process's own first; none if it published none. An error: what it published is no
/// certificate.
Result<std::vector<identity::CertificateNames>> presented_by(const Segment& segment);

/// Its SANs, DNS names first.
std::vector<std::string> alternatives(const identity::CertificateNames& names);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_PRESENTED_H
