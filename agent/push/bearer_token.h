// A token from a file, as it is now.
#ifndef SHM_EXPORTER_AGENT_PUSH_BEARER_TOKEN_H
#define SHM_EXPORTER_AGENT_PUSH_BEARER_TOKEN_H

#include <string>

#include "agent/files/stamp.h"
#include "shm/result.h"

namespace shmx::push {

/// One thread at a time.
class BearerToken {
 public:
  /// Reads the file. An empty path: there is no token.
  static Result<BearerToken> open(const std::string& path);

  /// "Bearer TOKEN", read again when the file has changed; empty without a token. A file that
  /// cannot be read, or has no token, leaves the last one; `problem` then says why, once a change.
  const std::string& authorization(std::string& problem);

 private:
  explicit BearerToken(std::string path) : path_(std::move(path)) {}
  Result<std::string> read() const;

  std::string path_;
  files::FileStamp stamp_;
  std::string authorization_;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_BEARER_TOKEN_H
