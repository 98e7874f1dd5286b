// Passes the process's options, which come along with a server's or a channel's, to the registry.
#ifndef SHM_EXPORTER_SHIM_CONFIGURE_PROCESS_H
#define SHM_EXPORTER_SHIM_CONFIGURE_PROCESS_H

#include "shm/registry.h"

namespace shmx {

/// Options that say nothing are not passed on: after the first count they would be refused, and a
/// second channel with defaults is no mistake.
inline void configure_process(const ProcessOptions& options) noexcept {
  if (!options.service.empty() || !options.directory.empty() || options.max_series != 0 ||
      options.max_segment_bytes != 0 || !options.certificate_chain_file.empty() ||
      !options.fallback_service.empty() || options.on_problem) {
    configure(options);
  }
}

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_CONFIGURE_PROCESS_H
