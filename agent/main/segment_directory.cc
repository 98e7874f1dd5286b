#include "agent/main/segment_directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace shmx {
namespace {

// Set-gid: segments get the agent's group, which reads them. Sticky: only the owner removes.
constexpr mode_t kMode = 03733;

// Whatever the umask: who cannot pass the parents cannot reach the directory. A failure shows
// below.
void make_parents(const std::filesystem::path& path) {
  std::error_code error;
  if (path.empty() || std::filesystem::exists(path, error)) {
    return;
  }
  make_parents(path.parent_path());
  if (::mkdir(path.c_str(), 0700) == 0) {
    static_cast<void>(::chmod(path.c_str(), 0755));
  }
}

}  // namespace

Result<bool> make_segment_directory(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return true;
  }
  make_parents(std::filesystem::path(path).parent_path());
  if (::mkdir(path.c_str(), 0700) != 0) {
    return Error{"cannot create " + path + ": " + std::strerror(errno), errno};
  }
  if (::chmod(path.c_str(), kMode) != 0) {  // Whatever the umask.
    return Error{"cannot set the mode of " + path + " to 3733: " + std::strerror(errno), errno};
  }
  return true;
}

}  // namespace shmx
