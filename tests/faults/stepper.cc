// Runs a program and kills it, with SIGKILL, on entry to a chosen system call of a chosen thread: a
// crash between two effects on the world. Until it is armed the program runs at full speed.
//
//   stepper --from-open NAME KILL_AT PROGRAM [ARGUMENT...]
//     The thread that opens a file whose path ends in NAME is followed from that call on: the call
//     is number 0, and number KILL_AT is not made any more. With a KILL_AT of -1 every call is told
//     and nothing is killed.
//   stepper --on-command PROGRAM [ARGUMENT...]
//     After a line "arm K" on standard input, the thread that next changes a file (and is no log)
//     is followed: that call is number 0, and number K is not made any more. When the thread is
//     idle before that, it begins again: the program dies in the middle of its work.
//
// A line "end" or the end of standard input kills the program. Tells on standard output, a line
// each: "pid PID" at first, "call NUMBER KIND" when all are told, "killed NUMBER KIND", and "ended
// STATUS" at the end, with the status of waitpid.
#include <fcntl.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace {

using SyscallInfo = __ptrace_syscall_info;

constexpr std::size_t kCommandBytes = 256;  // More than any line of a harness has.

constexpr std::size_t kPageBytes = 4096;  // At least: larger pages are read in parts.

// What a system call does, as far as it matters here. Logs are written by write(), which is none.
const char* kind_of(std::uint64_t number) {
  switch (number) {
#ifdef SYS_open
    case SYS_open:
#endif
    case SYS_openat:
    case SYS_openat2:
      return "opens";
#ifdef SYS_unlink
    case SYS_unlink:
#endif
    case SYS_unlinkat:
      return "removes";
    case SYS_pwrite64:
    case SYS_ftruncate:
      return "changes";
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
      return "waits";  // The thread is idle.
    default:
      return "other";
  }
}

bool is(const char* kind, std::uint64_t number) {
  return std::string_view(kind) == kind_of(number);
}

void tell(const char* what, long number, const std::string& more = "") {
  std::printf("%s %ld %s\n", what, number, more.c_str());
  std::fflush(stdout);
}

// A text in another process' memory; cut off where that cannot be read.
std::string text_at(pid_t process, std::uint64_t address) {
  std::string text;
  while (text.size() < PATH_MAX) {
    // Up to the next page alone: what is behind it may not be mapped.
    std::array<char, kPageBytes> page{};
    iovec here{page.data(), kPageBytes - address % kPageBytes};
    iovec there{nullptr, here.iov_len};
    std::memcpy(&there.iov_base, &address, sizeof(there.iov_base));
    const ssize_t bytes = process_vm_readv(process, &here, 1, &there, 1, 0);
    if (bytes <= 0) {
      return text;
    }
    const std::string_view part(page.data(), static_cast<std::size_t>(bytes));
    text += part.substr(0, part.find('\0'));
    if (part.find('\0') != std::string_view::npos) {
      return text;
    }
    address += part.size();
  }
  return text;
}

class Stepper {
 public:
  /// Follow from the call that opens this file on; from the program's first instruction on.
  void from_open(std::string name, long kill_at) {
    name_ = std::move(name);
    kill_at_ = kill_at;
    armed_ = true;
  }

  /// Runs a command until it has ended.
  void run(char** command);

 private:
  void start(char** command);
  void interrupt() const;
  void take_commands();
  void take_stops();
  void take_stop(pid_t thread, int status);
  void take_call(pid_t thread);
  bool begins(pid_t thread, const SyscallInfo& call) const;
  void resume(pid_t thread, int signal) const;

  pid_t program_ = -1;
  std::set<pid_t> threads_;
  bool armed_ = false;
  std::string name_;
  long kill_at_ = -1;
  pid_t followed_ = 0;
  long next_ = 0;
  bool ended_ = false;
  bool watch_commands_ = true;
  std::string input_;
};

void Stepper::start(char** command) {
  std::array<int, 2> gate{};
  if (pipe2(gate.data(), O_CLOEXEC) != 0) {
    std::abort();
  }
  program_ = fork();
  if (program_ == 0) {
    char go = 0;
    if (read(gate[0], &go, 1) != 1) {  // Until it is traced.
      _exit(1);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execv(command[0], command);
    std::perror(command[0]);
    _exit(1);
  }
  constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD;
  if (ptrace(PTRACE_SEIZE, program_, nullptr, kOptions) != 0) {
    std::perror("PTRACE_SEIZE");
    std::exit(1);
  }
  threads_.insert(program_);
  tell("pid", program_);
  if (armed_) {
    interrupt();
  }
  static_cast<void>(write(gate[1], "g", 1));
  close(gate[0]);
  close(gate[1]);
}

// Threads stop, and are resumed as is due from now on.
void Stepper::interrupt() const {
  for (const pid_t thread : threads_) {
    ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
  }
}

void Stepper::take_commands() {
  std::array<char, kCommandBytes> part;
  const ssize_t bytes = read(STDIN_FILENO, part.data(), part.size());
  if (bytes <= 0) {
    kill(program_, SIGKILL);
    watch_commands_ = false;
    return;
  }
  input_.append(part.data(), static_cast<std::size_t>(bytes));
  for (std::size_t end = 0; (end = input_.find('\n')) != std::string::npos;) {
    const std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    if (line == "end") {
      kill(program_, SIGKILL);
    } else if (line.starts_with("arm ")) {
      kill_at_ = std::stol(line.substr(4));
      armed_ = true;
      interrupt();
    }
  }
}

void Stepper::take_stops() {
  int status = 0;
  for (pid_t thread = 0; (thread = waitpid(-1, &status, __WALL | WNOHANG)) > 0;) {
    if (WIFSTOPPED(status)) {
      threads_.insert(thread);  // A new thread's first stop may come before its creator's.
      take_stop(thread, status);
      continue;
    }
    threads_.erase(thread);
    if (thread == program_) {
      tell("ended", status);
      ended_ = true;
    }
  }
}

void Stepper::take_stop(pid_t thread, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (signal == (SIGTRAP | 0x80)) {
    take_call(thread);
    resume(thread, 0);
  } else if (event == PTRACE_EVENT_STOP && (signal == SIGSTOP || signal == SIGTSTP)) {
    ptrace(PTRACE_LISTEN, thread, nullptr, nullptr);
  } else {
    resume(thread, event == 0 ? signal : 0);
  }
}

void Stepper::take_call(pid_t thread) {
  SyscallInfo call{};
  if (ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), thread, sizeof(call), &call) <=
          0 ||
      call.op != PTRACE_SYSCALL_INFO_ENTRY) {
    return;
  }
  if (followed_ == 0 && begins(thread, call)) {
    followed_ = thread;
  }
  if (followed_ != thread) {
    return;
  }
  if (name_.empty() && is("waits", call.entry.nr)) {
    followed_ = 0;
    next_ = 0;
    return;
  }
  const long number = next_++;
  const char* const kind = kind_of(call.entry.nr);
  if (number == kill_at_) {
    kill(program_, SIGKILL);
    tell("killed", number, kind);
  } else if (kill_at_ < 0) {
    tell("call", number, kind);
  }
}

bool Stepper::begins(pid_t thread, const SyscallInfo& call) const {
  if (name_.empty()) {
    return is("changes", call.entry.nr) || is("removes", call.entry.nr);
  }
  if (!is("opens", call.entry.nr)) {
    return false;
  }
#ifdef SYS_open
  const std::size_t path = call.entry.nr == SYS_open ? 0 : 1;
#else
  const std::size_t path = 1;
#endif
  return text_at(thread, call.entry.args[path]).ends_with(name_);
}

void Stepper::resume(pid_t thread, int signal) const {
  ptrace(armed_ ? PTRACE_SYSCALL : PTRACE_CONT, thread, nullptr, static_cast<long>(signal));
}

void Stepper::run(char** command) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, nullptr);
  const int stops = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  start(command);
  while (!ended_) {
    take_stops();
    std::array<pollfd, 2> events = {
        {{stops, POLLIN, 0}, {watch_commands_ ? STDIN_FILENO : -1, POLLIN, 0}}};
    if (ended_ || poll(events.data(), events.size(), -1) < 0) {
      continue;
    }
    if (events[0].revents != 0) {
      signalfd_siginfo taken{};
      static_cast<void>(read(stops, &taken, sizeof(taken)));  // What happened is asked for.
    }
    if (events[1].revents != 0) {
      take_commands();
    }
  }
}

int usage() {
  std::fputs("usage: see the source\n", stderr);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  Stepper stepper;
  if (mode == "--from-open" && argc > 4) {
    stepper.from_open(argv[2], std::stol(argv[3]));
    stepper.run(argv + 4);
  } else if (mode == "--on-command" && argc > 2) {
    stepper.run(argv + 2);
  } else {
    return usage();
  }
  return 0;
}
