#include "shm/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace shmx {
namespace {

struct flock byte_zero(short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = 0;
  lock.l_len = 1;
  return lock;
}

}  // namespace

void UniqueFd::reset() noexcept {
  if (fd_ >= 0) {
    const int saved = errno;
    ::close(fd_);  // Linux frees the descriptor whatever close says; there is nothing to retry.
    errno = saved;
    fd_ = -1;
  }
}

bool lock_segment(int fd) noexcept {
  struct flock lock = byte_zero(F_WRLCK);
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

LockState segment_lock_state(int fd) noexcept {
  // A read lock would conflict with the writer's write lock; only asked, never taken.
  struct flock lock = byte_zero(F_RDLCK);
  if (::fcntl(fd, F_OFD_GETLK, &lock) != 0) {
    return LockState::error;
  }
  return lock.l_type == F_UNLCK ? LockState::free : LockState::held;
}

}  // namespace shmx
