#include "agent/scan/admission.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "shm/layout.h"

namespace shmx::scan {
namespace {

constexpr std::string_view kSegmentSuffix = ".shmx";
constexpr std::size_t kNewbornDigits = 32;
constexpr std::uint64_t kStatBlockBytes = 512;  // The unit of st_blocks, whatever the file system.

std::optional<FileRefusal> type_problem(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return std::nullopt;
    case S_IFDIR:
      return FileRefusal::directory;
    case S_IFIFO:
      return FileRefusal::fifo;
    case S_IFLNK:
      return FileRefusal::symlink;
    default:
      return FileRefusal::special_file;
  }
}

FileRefusal open_problem(int code) {
  switch (code) {
    case ELOOP:
      return FileRefusal::symlink;
    case EACCES:
    case EPERM:
      return FileRefusal::permission;
    case EWOULDBLOCK:
      return FileRefusal::leased;
    default:
      return FileRefusal::io;
  }
}

std::optional<FileRefusal> size_problem(const struct stat& file, std::uint64_t max_bytes) {
  const auto size = static_cast<std::uint64_t>(file.st_size);
  if (size > max_bytes) {
    return FileRefusal::too_large;
  }
  if (static_cast<std::uint64_t>(file.st_blocks) * kStatBlockBytes < size) {
    return FileRefusal::sparse;
  }
  return std::nullopt;
}

UniqueFd open_in(int directory, const std::string& name) noexcept {
  return UniqueFd(
      ::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

/// What to do about an errno that came with a name.
Admission failed(int code, const Identity& identity) {
  if (code == ENOENT) {
    return Gone{};
  }
  if (is_own_failure(code)) {
    return OwnFailure{code};
  }
  return Refused{open_problem(code), identity};
}

}  // namespace

Identity identity_of(const struct stat& file) noexcept {
  return {file.st_dev, file.st_ino, file.st_uid};
}

std::optional<NamedFile> look_at(int directory, const std::string& name) noexcept {
  struct statx file {};
  constexpr int kFlags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  if (::statx(directory, name.c_str(), kFlags, STATX_TYPE | STATX_INO | STATX_UID, &file) != 0) {
    return std::nullopt;
  }
  return NamedFile{{::makedev(file.stx_dev_major, file.stx_dev_minor), file.stx_ino, file.stx_uid},
                   file.stx_mode,
                   (file.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0};
}

std::string_view to_string(FileRefusal reason) noexcept {
  switch (reason) {
    case FileRefusal::directory:
      return "directory";
    case FileRefusal::fifo:
      return "fifo";
    case FileRefusal::symlink:
      return "symlink";
    case FileRefusal::special_file:
      return "special_file";
    case FileRefusal::foreign_name:
      return "foreign_name";
    case FileRefusal::mount_point:
      return "mount_point";
    case FileRefusal::hard_link:
      return "hard_link";
    case FileRefusal::permission:
      return "permission";
    case FileRefusal::leased:
      return "leased";
    case FileRefusal::too_large:
      return "too_large";
    case FileRefusal::sparse:
      return "sparse";
    case FileRefusal::budget:
      return "budget";
    case FileRefusal::io:
      break;
  }
  return "io";
}

bool may_change(FileRefusal reason) noexcept {
  return reason == FileRefusal::permission || reason == FileRefusal::leased ||
         reason == FileRefusal::io || reason == FileRefusal::hard_link ||
         reason == FileRefusal::mount_point || reason == FileRefusal::budget;
}

bool is_own_failure(int code) noexcept {
  return code == EMFILE || code == ENFILE || code == ENOMEM;
}

bool is_segment_name(std::string_view name) noexcept {
  return name.size() > kSegmentSuffix.size() && name.front() != '.' &&
         name.ends_with(kSegmentSuffix);
}

bool is_newborn_name(std::string_view name) noexcept {
  return name.size() == kNewbornDigits + 1 && name.front() == '.' &&
         std::all_of(name.begin() + 1, name.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_newborn(const UniqueFd& fd) noexcept {
  std::array<char, sizeof(layout::kMagic)> begin{};  // What the file does not have is as zeros.
  constexpr std::array<char, sizeof(layout::kMagic)> kNothing{};
  return ::pread(fd.get(), begin.data(), begin.size(), 0) >= 0 &&
         (begin == kNothing || std::memcmp(begin.data(), layout::kMagic, begin.size()) == 0);
}

Admission admit(int directory, const std::string& name, std::uint64_t max_bytes) {
  // The type by name first: opening a device may have effects, and a FIFO's reader wakes its
  // writers.
  const auto named = look_at(directory, name);
  if (!named) {
    return failed(errno, {});
  }
  if (const auto problem = type_problem(named->mode)) {
    return Refused{*problem, named->identity};
  }
  if (!is_segment_name(name) && !is_newborn_name(name)) {
    return Refused{FileRefusal::foreign_name, named->identity};
  }
  // Not by openat2(RESOLVE_NO_XDEV): sandboxes (systemd's RestrictSUIDSGID=) cannot look into what
  // it is given, and forbid it.
  if (named->is_mount_point) {
    return Refused{FileRefusal::mount_point, named->identity};
  }
  UniqueFd fd = open_in(directory, name);
  if (!fd.valid()) {
    return failed(errno, named->identity);
  }
  // Again, of what was really opened: the name may have changed hands in between.
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0) {
    return failed(errno, {});
  }
  if (file.st_nlink == 0) {
    return Gone{};
  }
  if (const auto problem = type_problem(file.st_mode)) {
    return Refused{*problem, identity_of(file)};
  }
  if (const auto problem = size_problem(file, max_bytes)) {
    return Refused{*problem, identity_of(file)};
  }
  return Admitted{std::move(fd), identity_of(file), file.st_nlink > 1};
}

}  // namespace shmx::scan
