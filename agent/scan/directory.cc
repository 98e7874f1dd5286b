#include "agent/scan/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace shmx::scan {

std::shared_ptr<OpenDirectory> OpenDirectory::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC));
  struct stat file {};
  if (!fd.valid() || ::fstat(fd.get(), &file) != 0) {
    return nullptr;
  }
  return std::shared_ptr<OpenDirectory>(new OpenDirectory(std::move(fd), identity_of(file)));
}

PathState OpenDirectory::compare(const std::string& path) const noexcept {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? PathState::missing : PathState::unusable;
  }
  if (!S_ISDIR(file.st_mode)) {
    return PathState::missing;
  }
  return identity_.same_file(identity_of(file)) ? PathState::same : PathState::other;
}

bool OpenDirectory::list(const Wanted& wanted, std::vector<Entry>& entries) const {
  // A description of its own: fd_'s position stays where it is.
  const int fd = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const stream = fd < 0 ? nullptr : ::fdopendir(fd);
  if (stream == nullptr) {
    const int code = errno;
    if (fd >= 0) {
      ::close(fd);
    }
    errno = code;
    return false;
  }
  errno = 0;
  while (const dirent* const entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && wanted(name, entry->d_ino)) {
      entries.push_back({std::string(name), entry->d_ino});
    }
    errno = 0;
  }
  const int code = errno;
  ::closedir(stream);
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.inode < b.inode; });
  errno = code;
  return code == 0;
}

bool OpenDirectory::names(const std::string& name, const Identity& identity) const noexcept {
  const auto file = look_at(fd_.get(), name);
  return file && identity.same_file(file->identity);
}

bool OpenDirectory::unlink_if_same(const std::string& name,
                                   const Identity& identity) const noexcept {
  if (!names(name, identity)) {
    return true;
  }
  return ::unlinkat(fd_.get(), name.c_str(), 0) == 0 || errno == ENOENT;
}

}  // namespace shmx::scan
