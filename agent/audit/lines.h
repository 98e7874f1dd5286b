// Reads a file line by line in bounded memory. One thread.
#ifndef SHM_EXPORTER_AGENT_AUDIT_LINES_H
#define SHM_EXPORTER_AGENT_AUDIT_LINES_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shm/file.h"
#include "shm/result.h"

namespace shmx::audit {

class Lines {
 public:
  static Result<Lines> open(const std::string& path);

  /// The next line without its LF, valid until the next call; none at the end. Error: it cannot be
  /// read, or a line is longer than any record (kMaxLineBytes).
  Result<std::optional<std::string_view>> next();

  /// At the end: what follows the last LF.
  std::string_view torn() const noexcept { return std::string_view(buffer_).substr(begin_); }

  std::uint64_t number() const noexcept { return number_; }  ///< of the line that was read last
  std::uint64_t bytes() const noexcept { return bytes_; }    ///< of all that were read, with LFs

 private:
  Lines(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  Result<bool> read_more();

  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_LINES_H
