// Certificates and keys from files, as they are now.
#ifndef SHM_EXPORTER_AGENT_PUSH_TLS_MATERIAL_H
#define SHM_EXPORTER_AGENT_PUSH_TLS_MATERIAL_H

#include <array>
#include <string>

#include "agent/files/stamp.h"
#include "agent/push/options.h"
#include "shm/result.h"

namespace shmx::push {

/// PEM texts; empty where TlsFiles has no path.
struct TlsMaterial {
  std::string authorities;
  std::string certificate;  ///< a chain, the own one first
  std::string key;          ///< not encrypted
};

/// One thread at a time.
class WatchedTls {
 public:
  /// Reads the files. An error: a file that cannot be read or used, or a certificate without a key.
  static Result<WatchedTls> open(const TlsFiles& files);

  /// Reads the files again when one has changed. Whether there is new material: files that cannot
  /// be used, as a certificate is until its key is there, too, leave the last, and `problem` then
  /// says why, once a change.
  bool refresh(std::string& problem);

  const TlsMaterial& material() const noexcept { return material_; }

 private:
  explicit WatchedTls(TlsFiles files) : files_(std::move(files)) {}
  std::array<files::FileStamp, 3> stamps() const;
  Result<TlsMaterial> read() const;

  TlsFiles files_;
  std::array<files::FileStamp, 3> stamps_;
  TlsMaterial material_;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_TLS_MATERIAL_H
