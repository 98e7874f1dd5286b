// Opens a name in a segment directory and decides from the file alone, not from its content,
// whether it may be a segment. Nothing here is kept between calls.
#ifndef SHM_EXPORTER_AGENT_SCAN_ADMISSION_H
#define SHM_EXPORTER_AGENT_SCAN_ADMISSION_H

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "shm/file.h"

struct stat;

namespace shmx::scan {

/// Which file it is, as the kernel says. As long as a descriptor of it is open no other file has
/// the same device and inode.
struct Identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint32_t owner = 0;  ///< uid

  bool same_file(const Identity& other) const noexcept {
    return device == other.device && inode == other.inode;
  }
};

Identity identity_of(const struct stat& file) noexcept;

/// What is under a name, without a question to whoever serves a file system that is mounted there.
struct NamedFile {
  Identity identity;
  mode_t mode = 0;
  bool is_mount_point = false;  ///< it is the file that is mounted there
};
/// Nothing with errno.
std::optional<NamedFile> look_at(int directory, const std::string& name) noexcept;

/// Why a file is no candidate: the reason label of the agent's counter.
enum class FileRefusal {
  directory,
  fifo,
  symlink,
  special_file,  ///< a socket or a device
  foreign_name,  ///< a regular file that is not called *.shmx
  mount_point,   ///< another file is mounted on it: to look at that one may mean to wait for it
  hard_link,     ///< another name of a file that is admitted already
  permission,    ///< the agent may not read it
  leased,        ///< somebody holds a lease on it
  too_large,
  sparse,  ///< reading a hole through a mapping would allocate memory
  budget,  ///< a segment that is live, or has other names, for which there is no room now
  io,      ///< the kernel said no in another way
};
inline constexpr FileRefusal kAllFileRefusals[] = {
    FileRefusal::directory,    FileRefusal::fifo,         FileRefusal::symlink,
    FileRefusal::special_file, FileRefusal::foreign_name, FileRefusal::mount_point,
    FileRefusal::hard_link,    FileRefusal::permission,   FileRefusal::leased,
    FileRefusal::too_large,    FileRefusal::sparse,       FileRefusal::budget,
    FileRefusal::io,
};
std::string_view to_string(FileRefusal reason) noexcept;

/// Whether another attempt may end otherwise without anybody writing to the file.
bool may_change(FileRefusal reason) noexcept;

struct Admitted {
  UniqueFd fd;
  Identity identity;
  bool has_other_names = false;  ///< it stays when this one is removed
};
struct Refused {
  FileRefusal reason;
  Identity identity;
};
/// The name is gone, or the file has no name any more.
struct Gone {};
/// The agent has no descriptor or memory left (errno). Says nothing about the file.
struct OwnFailure {
  int code;
};
using Admission = std::variant<Admitted, Refused, Gone, OwnFailure>;

/// Whether an errno says that it is the agent that has run out of something.
bool is_own_failure(int code) noexcept;

/// The final name of a segment: anything.shmx, not hidden.
bool is_segment_name(std::string_view name) noexcept;

/// The name of a segment that is being born: "." and 32 hexadecimal digits.
bool is_newborn_name(std::string_view name) noexcept;

/// Whether a file of a newborn's name can be one by its first bytes: a segment without content, or
/// with a part of it. What another program calls so is not the agent's to remove.
bool is_newborn(const UniqueFd& fd) noexcept;

/// Opens a final or a newborn's name. Never blocks: not on a FIFO, not on a lease, not on a file
/// system of somebody's own.
Admission admit(int directory, const std::string& name, std::uint64_t max_bytes);

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_ADMISSION_H
