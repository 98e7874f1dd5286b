#include "agent/audit/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace shmx::audit {
namespace {

constexpr int kFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kPrivate = 0600;

Error system_error(const std::string& tried) {
  const int code = errno;
  return {tried + ": " + std::strerror(code), code};
}

}  // namespace

Result<LogFile> LogFile::create(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), kFlags | O_CREAT | O_EXCL, kPrivate));
  if (!fd.valid()) return system_error("create " + path);
  return LogFile(path, std::move(fd), 0);
}

Result<LogFile> LogFile::reopen(const std::string& path, std::uint64_t size_bytes) {
  UniqueFd fd(::open(path.c_str(), kFlags));
  if (!fd.valid()) return system_error("open " + path);
  LogFile file(path, std::move(fd), size_bytes);
  if (auto cut = file.cut_back(); !cut) return cut.error();
  return file;
}

Result<bool> LogFile::append(std::string_view bytes) {
  if (torn_) {
    if (auto cut = cut_back(); !cut) return cut;
  }
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t written = ::write(fd_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const Error failed = system_error("write " + path_);
      torn_ = rest.size() != bytes.size();
      if (torn_) static_cast<void>(cut_back());  // else before the next append
      return failed;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  size_bytes_ += bytes.size();
  return true;
}

Result<bool> LogFile::cut_back() {
  if (::ftruncate(fd_.get(), static_cast<off_t>(size_bytes_)) != 0) {
    return system_error("cut the torn end off " + path_);
  }
  torn_ = false;
  return true;
}

Result<bool> LogFile::sync() {
  if (::fdatasync(fd_.get()) != 0) return system_error("fdatasync " + path_);
  return true;
}

bool LogFile::intact() const noexcept {
  struct stat named {};
  struct stat open {};
  if (::stat(path_.c_str(), &named) != 0 || ::fstat(fd_.get(), &open) != 0) return false;
  return named.st_dev == open.st_dev && named.st_ino == open.st_ino &&
         (torn_ || static_cast<std::uint64_t>(open.st_size) == size_bytes_);
}

}  // namespace shmx::audit
