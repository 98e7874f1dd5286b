#include "agent/state/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace shmx::state {
namespace {

constexpr mode_t kPrivate = 0700;
constexpr mode_t kOthersMayEnter = 0077;

constexpr char kAdvice[] = "give the agent a directory of its own with --state.directory";

Error system_error(const std::string& tried) {
  const int code = errno;
  return {tried + ": " + std::strerror(code) + "; " + kAdvice, code};
}

Result<bool> make(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
  if (failed) {
    return Error{"create the parent of the state directory " + path + ": " + failed.message() +
                     "; " + kAdvice,
                 failed.value()};
  }
  if (::mkdir(path.c_str(), kPrivate) != 0 && errno != EEXIST) {
    return system_error("create the state directory " + path);
  }
  return true;
}

}  // namespace

Result<Directory> Directory::take(const std::string& path) {
  if (auto made = make(path); !made) {
    return made.error();
  }
  const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid()) {
    return system_error("open the state directory " + path);
  }
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) {
    return system_error("fstat the state directory " + path);
  }
  if (status.st_uid != ::geteuid()) {
    return Error{"the state directory " + path + " belongs to uid " +
                 std::to_string(status.st_uid) + ", expected the agent's own, " +
                 std::to_string(::geteuid()) + "; what others could write there is not believed"};
  }
  // What is in it is not believed, and it may be somebody else's: /etc is not made private.
  if ((status.st_mode & kOthersMayEnter) != 0 && !std::filesystem::is_empty(path)) {
    return Error{"the state directory " + path +
                 " is not empty, and others could write to it or read it; " + kAdvice};
  }
  if ((status.st_mode & 07777) != kPrivate && ::fchmod(directory.get(), kPrivate) != 0) {
    return system_error("make the state directory " + path + " private (0700)");
  }
  UniqueFd lock(::openat(directory.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.valid()) {
    return system_error("open " + path + "/lock");
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error{"another agent uses the state directory " + path +
                       "; stop it, or give this one a --state.directory of its own",
                   EWOULDBLOCK};
    }
    return system_error("lock " + path + "/lock");
  }
  // SQLite follows no symlinks on the way to its file: /var/run is one.
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(path, failed);
  if (failed) {
    return Error{"find the state directory " + path + ": " + failed.message(), failed.value()};
  }
  return Directory(real, std::move(lock));
}

}  // namespace shmx::state
