#include "shm/certificate_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "shm/file.h"

namespace shmx {
namespace {

Error failed(const char* call, const std::string& path, int code) {
  return {std::string(call) + " " + path + ": " + std::strerror(code), code};
}

/// The file's bytes, gone from memory when it is.
class Bytes {
 public:
  explicit Bytes(std::size_t size) : bytes_(size) {}
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

  char* data() noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  std::string_view first(std::size_t count) const noexcept { return {bytes_.data(), count}; }

 private:
  std::vector<char> bytes_;
};

}  // namespace

Result<CertificateText> read_certificates(const std::string& path) {
  // O_NONBLOCK: opening a FIFO, or a file with a lease on it, does not wait.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid()) {
    return failed("open", path, errno);
  }
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0) {
    return failed("fstat", path, errno);
  }
  if (!S_ISREG(file.st_mode)) {
    return Error{path + " is no regular file", EINVAL};
  }
  if (file.st_size > static_cast<off_t>(kMaxCertificateFileBytes)) {
    return Error{path + " is larger than " + std::to_string(kMaxCertificateFileBytes) + " bytes",
                 EFBIG};
  }
  Bytes bytes(static_cast<std::size_t>(file.st_size));
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = ::read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return failed("read", path, errno);
    }
    if (count == 0) {
      break;  // It became shorter meanwhile.
    }
    size += static_cast<std::size_t>(count);
  }
  CertificateText found = certificates_in(bytes.first(size));
  if (found.pem.empty()) {
    return Error{path + " has no certificate in PEM (BEGIN CERTIFICATE) of at most " +
                     std::to_string(layout::kMaxCertificateBytes) + " bytes",
                 EINVAL};
  }
  return found;
}

}  // namespace shmx
