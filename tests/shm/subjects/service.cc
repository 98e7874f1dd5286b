// A service that does what its arguments say, one after the other, and reports what it counted:
//
//   wait        says "waiting PID" and goes on when a line comes
//   count:N     adds 1 to steps_total N times, from the main thread
//   series:N    registers N series of wide_total that are new, and adds 1 to each
//   thread:N    does the same from a new thread, if one can be had
//   publish     creates the segment
//   fork        the child goes on with the rest; the parent waits for it, then reports and ends
//   close       closes every descriptor from 3 on
//   orphan      the child goes on with the rest; the parent is killed
//   daemonise   as daemons do: a grandchild in a session of its own goes on with the rest
//   exec:PATH   becomes another program, without a report; threadexec:PATH does so from a new
//   thread filesize:N  sets RLIMIT_FSIZE name:TEXT   sets the service's name, fallback:TEXT
//   the one where nothing else says it, directory:PATH the
//   segments' directory leave:N     ends the main thread; another adds 1 to steps_total N times,
//   waits for a line, then
//               reports and ends the process
//   stop        stops itself by SIGSTOP
//   failnew:N   the N-th allocation from here throws; "hit" is said at the end when one did
//
// At its end every process says "report PID COUNTED LOSSES... PATH". Its own truth is kept outside
// of the shim. Exits with 0 unless something that the shim must not disturb went wrong.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <thread>

#include "shim/metrics.h"

namespace {

std::uint64_t g_counted = 0;
int g_next_series = 0;
bool g_fork_failed = false;
constinit thread_local bool t_failing = false;
std::uint64_t g_allocations_left = 0;
bool g_hit = false;

void say(const std::string& text) {
  const std::string line = std::string(text).append("\n");
  if (write(1, line.data(), line.size()) != std::ssize(line)) {
    _exit(3);
  }
}

void wait_for_a_line() {
  say(std::string("waiting ").append(std::to_string(getpid())));
  char c = 0;
  while (read(0, &c, 1) == 1 && c != '\n') {
  }
}

shmx::CounterFamily wide() {
  return shmx::counter("wide_total", "Many series.");
}

void add_series(long n) {
  const auto family = wide();
  for (long i = 0; i < n; ++i) {
    // The labels are the service's own; the shim must live with what happens after them.
    t_failing = false;
    shmx::Labels labels{{"n", std::to_string(g_next_series++)}};
    t_failing = g_allocations_left > 0;
    family.labels(std::move(labels)).add();
    ++g_counted;
  }
}

void count_in_thread(const shmx::Counter& steps, long n) {
  try {
    std::thread([&] {
      for (long i = 0; i < n; ++i) {
        steps.add();
        ++g_counted;
      }
    }).join();
  } catch (const std::exception&) {
    // No thread, no counts; not the shim's doing.
  }
}

void report() {
  t_failing = false;
  std::string line = "report ";
  line.append(std::to_string(getpid())).append(" ").append(std::to_string(g_counted));
  for (const std::uint64_t loss : shmx::losses()) {
    line.append(" ").append(std::to_string(loss));
  }
  if (g_hit) {
    say("hit");
  }
  say(line.append(" ").append(shmx::segment_path()));
}

void configure_from(const std::string& step, const char* text) {
  shmx::ProcessOptions options;
  if (step == "name") {
    options.service = text;
  } else if (step == "fallback") {
    options.fallback_service = text;
  } else {
    options.directory = text;
  }
  shmx::configure(options);
}

[[noreturn]] void leave_it_to_a_thread(const shmx::Counter& steps, long n) {
  std::thread([steps, n] {
    for (long i = 0; i < n; ++i) {
      steps.add();
      ++g_counted;
    }
    wait_for_a_line();
    report();
    _exit(0);
  }).detach();
  pthread_exit(nullptr);
}

void go_on_as_an_orphan() {
  if (fork() != 0) {
    raise(SIGKILL);
  }
  g_counted = 0;
}

void daemonise() {
  if (fork() != 0) {
    _exit(0);
  }
  setsid();
  if (fork() != 0) {
    _exit(0);
  }
  g_counted = 0;
}

[[noreturn]] void become(const char* path) {
  execl(path, path, "wait", nullptr);
  _exit(4);
}

// Returns true in the parent, which is done.
bool fork_and_wait() {
  const pid_t child = fork();
  if (child == 0) {
    g_counted = 0;
    return false;
  }
  int status = 0;
  g_fork_failed = child < 0 || waitpid(child, &status, 0) != child || status != 0;
  return true;
}

}  // namespace

// The throwing operators of this program, with an error on demand. Sanitizers bring their own.
#ifdef SHMX_OWN_ALLOCATOR
void* operator new(std::size_t bytes) {
  if (t_failing && g_allocations_left > 0 && --g_allocations_left == 0) {
    g_hit = true;
    throw std::bad_alloc();
  }
  if (void* const memory = std::malloc(bytes); memory != nullptr) {
    return memory;
  }
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

int main(int argc, char** argv) {
  const auto steps = shmx::counter("steps_total", "Steps.").labels();
  for (int i = 1; i < argc; ++i) {
    const std::string step(argv[i], std::strcspn(argv[i], ":"));
    const char* const text = argv[i] + std::min(std::strlen(argv[i]), step.size() + 1);
    const long n = std::atol(text);
    if (step == "wait") {
      wait_for_a_line();
    } else if (step == "count") {
      for (long k = 0; k < n; ++k) {
        steps.add();
        ++g_counted;
      }
    } else if (step == "series") {
      add_series(n);
    } else if (step == "thread") {
      count_in_thread(steps, n);
    } else if (step == "publish") {
      shmx::publish();
    } else if (step == "fork") {
      if (fork_and_wait()) {
        break;
      }
    } else if (step == "close") {
      close_range(3, ~0U, 0);
    } else if (step == "orphan") {
      go_on_as_an_orphan();
    } else if (step == "daemonise") {
      daemonise();
    } else if (step == "exec") {
      become(text);
    } else if (step == "threadexec") {
      std::thread([text] { become(text); }).join();
    } else if (step == "filesize") {
      const rlimit limit{static_cast<rlim_t>(n), static_cast<rlim_t>(n)};
      setrlimit(RLIMIT_FSIZE, &limit);
    } else if (step == "name" || step == "fallback" || step == "directory") {
      configure_from(step, text);
    } else if (step == "leave") {
      leave_it_to_a_thread(steps, n);
    } else if (step == "stop") {
      raise(SIGSTOP);
    } else if (step == "failnew") {
      g_allocations_left = static_cast<std::uint64_t>(n);
      t_failing = true;
    } else {
      std::fprintf(stderr, "unknown step %s\n", argv[i]);
      return 2;
    }
  }
  report();
  return g_fork_failed ? 5 : 0;
}
