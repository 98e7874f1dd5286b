#include "shim/publication_lock.h"

#include <pthread.h>

#include <atomic>
#include <ctime>
#include <mutex>
#include <new>

#include "shm/registry.h"

namespace shmx {
namespace {

// How long fork() waits for a collection of another thread. It ends sooner, unless the collectable
// waits for something that the forking thread holds: then the fork must win.
constexpr int kForkAttempts = 1000;
constexpr struct timespec kForkPause { .tv_sec = 0, .tv_nsec = 1'000'000 };

// Never destroyed: bridges may outlive the end of main.
constinit std::mutex g_mutex;
constinit std::atomic<std::uint64_t> g_process{0};  // written in a child that has one thread
constinit thread_local bool t_publishing = false;
constinit thread_local bool t_fork_holds = false;

void before_fork() {
  if (t_publishing) {
    return;
  }
  for (int attempt = 0; attempt < kForkAttempts; ++attempt) {
    if (g_mutex.try_lock()) {
      t_fork_holds = true;
      return;
    }
    nanosleep(&kForkPause, nullptr);
  }
}

void after_fork_in_parent() {
  if (t_fork_holds) {
    t_fork_holds = false;
    g_mutex.unlock();
  }
}

void after_fork_in_child() {
  // Relaxed: a child begins with one thread.
  g_process.fetch_add(1, std::memory_order_relaxed);
  if (!t_fork_holds && !t_publishing) {
    // The holder does not exist here: nobody uses the mutex, nobody will release it.
    new (&g_mutex) std::mutex;
  }
  after_fork_in_parent();
}

// Whether forks are noticed. The registry's own hooks come first, so that fork() takes this lock
// before the registry's, as a publication does.
bool hook_fork() noexcept {
  static const bool hooked = [] {
    static_cast<void>(segment_path());
    return pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
  }();
  return hooked;
}

}  // namespace

PublicationLock::PublicationLock() noexcept : held_(hook_fork() && !t_publishing) {
  if (held_) {
    g_mutex.lock();
    t_publishing = true;
  }
}

PublicationLock::~PublicationLock() {
  if (held_) {
    t_publishing = false;
    g_mutex.unlock();
  }
}

std::uint64_t PublicationLock::process() noexcept {
  hook_fork();
  return g_process.load(std::memory_order_relaxed);  // Relaxed: see after_fork_in_child().
}

}  // namespace shmx
