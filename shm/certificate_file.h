// Reading the file of a process's certificates, on its slow path: nothing that is there instead of
// the file, a FIFO or a device, makes the process wait.
#ifndef SHM_EXPORTER_SHM_CERTIFICATE_FILE_H
#define SHM_EXPORTER_SHM_CERTIFICATE_FILE_H

#include <cstddef>
#include <string>

#include "shm/certificate_text.h"
#include "shm/result.h"

namespace shmx {

/// A chain with its key is 10 KiB; what is larger than this is some other file.
inline constexpr std::size_t kMaxCertificateFileBytes = std::size_t{64} * 1024;

/// The certificates in a PEM file, which may be behind a symlink (as certbot and Kubernetes have
/// it). Of a key in the same file nothing is kept, in memory neither. An error: it is no readable
/// regular file, too large, or has no certificate.
Result<CertificateText> read_certificates(const std::string& path);

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_CERTIFICATE_FILE_H
