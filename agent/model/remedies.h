// What to do about a segment or file that is not served, for whoever shows why it is not: the
// status page and shmtool. One table, so that they say the same.
#ifndef SHM_EXPORTER_AGENT_MODEL_REMEDIES_H
#define SHM_EXPORTER_AGENT_MODEL_REMEDIES_H

#include <string_view>

namespace shmx::model {

/// One sentence for an operator. `reason` is one of those of shm/reader.h, agent/scan/admission.h
/// and agent/identity/service_identity.h, or "claim"; of another, what helps with any.
std::string_view remedy_of(std::string_view reason) noexcept;

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_REMEDIES_H
