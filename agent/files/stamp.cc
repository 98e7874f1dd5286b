#include "agent/files/stamp.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace shmx::files {
namespace {

/// A bundle of every public authority is 200 KiB.
constexpr std::size_t kMostBytes = std::size_t{1} << 20;

std::int64_t ns_of(const struct timespec& time) {
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

}  // namespace

FileStamp stamp_of(const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, ns_of(status.st_mtim),
          ns_of(status.st_ctim)};
}

Result<std::string> read_small_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kMostBytes + 1, '\0');
  if (!file) return Error{"read " + path + ": " + std::strerror(errno), errno};
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad()) return Error{"read " + path + ": " + std::strerror(errno), errno};
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > kMostBytes) return Error{"read " + path + ": larger than 1 MiB"};
  return bytes;
}

std::optional<Error> problem_of_secret(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & S_IRWXO) == 0) return {};
  return Error{path + ": every user may read it; chmod 600 " + path +
               ", or make another one if somebody has"};
}

}  // namespace shmx::files
