// What ProcessOptions leaves open, resolved from the process's surroundings.
#ifndef SHM_EXPORTER_SHM_PROCESS_OPTIONS_H
#define SHM_EXPORTER_SHM_PROCESS_OPTIONS_H

#include "shm/registry.h"

namespace shmx {

/// Fills every empty field: service from OTEL_SERVICE_NAME, else fallback_service, else the
/// executable's name; directory from SHM_EXPORTER_DIR, else kDefaultDirectory;
/// certificate_chain_file from SHM_EXPORTER_CERTIFICATE_CHAIN_FILE (both variables not in setuid
/// programs); limits from their defaults. The service becomes valid UTF-8 of 1 to 256 bytes.
ProcessOptions resolved(ProcessOptions options);

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_PROCESS_OPTIONS_H
