// One file of the log, open for appending. One thread.
#ifndef SHM_EXPORTER_AGENT_AUDIT_LOG_FILE_H
#define SHM_EXPORTER_AGENT_AUDIT_LOG_FILE_H

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "shm/file.h"
#include "shm/result.h"

namespace shmx::audit {

class LogFile {
 public:
  /// A new one; an error with EEXIST when it is there.
  static Result<LogFile> create(const std::string& path);

  /// One that is there, of which `size_bytes` are lines: what follows is cut off.
  static Result<LogFile> reopen(const std::string& path, std::uint64_t size_bytes);

  /// All of it or, after an error, nothing: what was written in part is cut off, at once or, where
  /// that is not possible, before the next append.
  Result<bool> append(std::string_view bytes);

  /// To the disk.
  Result<bool> sync();

  /// Whether it is still what its name stands for, and as long as we made it: nobody else removed,
  /// replaced, cut or wrote it.
  bool intact() const noexcept;

  const std::string& path() const noexcept { return path_; }
  std::uint64_t size_bytes() const noexcept { return size_bytes_; }

 private:
  LogFile(std::string path, UniqueFd fd, std::uint64_t size_bytes)
      : path_(std::move(path)), fd_(std::move(fd)), size_bytes_(size_bytes) {}
  Result<bool> cut_back();

  std::string path_;
  UniqueFd fd_;
  std::uint64_t size_bytes_;  ///< of whole lines
  bool torn_ = false;         ///< there is part of a write behind them
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_LOG_FILE_H
