#include "shm/complaint.h"

#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>

namespace shmx {
namespace {

struct StderrFile {
  dev_t device = 0;
  ino_t inode = 0;
};
StderrFile g_stderr;

bool is_stderr_still() noexcept {
  struct stat file {};
  return g_stderr.inode != 0 && ::fstat(STDERR_FILENO, &file) == 0 &&
         file.st_dev == g_stderr.device && file.st_ino == g_stderr.inode;
}

/// A pipe that takes PIPE_BUF bytes takes them whole.
bool takes_a_line() noexcept {
  pollfd stream{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&stream, 1, 0) == 1 && (stream.revents & POLLOUT) != 0;
}

/// While this lives, writing to a pipe that nobody reads is an error for this thread, not a signal
/// that ends the process.
class WithoutSigpipe {
 public:
  WithoutSigpipe() noexcept {
    sigset_t pending;
    ::sigemptyset(&pending);
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&sigpipe_);
    ::sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    while (!was_pending_ && ::sigtimedwait(&sigpipe_, nullptr, &now) == -1 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t sigpipe_;
  sigset_t before_;
  bool was_pending_ = false;
};

}  // namespace

void remember_stderr() noexcept {
  struct stat file {};
  if (::fstat(STDERR_FILENO, &file) == 0) {
    g_stderr = {file.st_dev, file.st_ino};
  }
}

void complain(std::string_view problem) noexcept {
  constexpr std::string_view kPrefix = "shm_exporter: ";
  std::array<char, 1024> line;  // Below PIPE_BUF.
  static_assert(sizeof(line) <= PIPE_BUF);
  const std::size_t size = std::min(problem.size(), line.size() - kPrefix.size() - 1);
  char* end = std::copy(kPrefix.begin(), kPrefix.end(), line.data());
  end = std::copy_n(problem.data(), size, end);
  *end++ = '\n';
  if (!is_stderr_still() || !takes_a_line()) {
    return;
  }
  const WithoutSigpipe guard;
  // What cannot be told is not worth another attempt.
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, line.data(), static_cast<std::size_t>(end - line.data()));
}

}  // namespace shmx
