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

}  // namespace

Result<bool> make_segment_directory(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return true;
  }
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0) {
    return Error{"cannot create " + path + ": " + std::strerror(errno), errno};
  }
  if (::chmod(path.c_str(), kMode) != 0) {  // Whatever the umask.
    return Error{"cannot set the mode of " + path + " to 3733: " + std::strerror(errno), errno};
  }
  return true;
}

}  // namespace shmx
