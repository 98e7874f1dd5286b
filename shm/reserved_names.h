// Names that no segment may use: the agent leaves them out, and the shim refuses them where it can
// say so. Prometheus scrapes the agent with honor_labels, so that a process that could choose its
// job, or write up or ALERTS, could speak for any other.
#ifndef SHM_EXPORTER_SHM_RESERVED_NAMES_H
#define SHM_EXPORTER_SHM_RESERVED_NAMES_H

#include <string_view>

namespace shmx {

/// Families that Prometheus or the agent writes itself.
bool is_reserved_family(std::string_view name) noexcept;

/// Labels that say whose a series is, or which sample of it.
bool is_reserved_label(std::string_view name) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_RESERVED_NAMES_H
