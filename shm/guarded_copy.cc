#include "shm/guarded_copy.h"

#include <ucontext.h>

#include <csetjmp>
#include <csignal>

namespace shmx {
namespace {

struct Guard {
  sigjmp_buf escape;
  std::uintptr_t begin;
  std::uintptr_t end;
};

// The innermost guarded() of this thread, null outside. Read by the handler on the same thread
// only.
constinit thread_local Guard* volatile t_guard = nullptr;

struct sigaction g_previous;

// Whether the kernel raised it for an access to an address. One that was sent (kill, sigqueue) has
// a code of 0 or below, whatever address it claims.
bool is_fault(const siginfo_t& info) noexcept {
  return info.si_code > 0;
}

// Whether it is for what guarded() is there for: a page of the range that is gone, or whose memory
// broke.
bool is_expected(const siginfo_t& info, const Guard& guard) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(info.si_addr);
  return (info.si_code == BUS_ADRERR || info.si_code == BUS_MCEERR_AR) && address >= guard.begin &&
         address < guard.end;
}

// What would have happened without a handler. A fault happens again when the handler returns; what
// was sent does not, so it is sent once more: blocked until then, it ends the process at once, and
// never leaves it alive without a handler.
void take_default_action(int signal, const siginfo_t& info) noexcept {
  if (g_previous.sa_handler == SIG_IGN && !is_fault(info)) {
    return;
  }
  struct sigaction fallback {};
  fallback.sa_handler = SIG_DFL;
  sigaction(signal, &fallback, nullptr);
  if (!is_fault(info)) {
    raise(signal);
  }
}

void on_sigbus(int signal, siginfo_t* info, void* context) {
  Guard* const guard = t_guard;
  if (guard != nullptr && is_expected(*info, *guard)) {
    // The jump leaves without sigreturn: the thread gets the mask back that it had.
    pthread_sigmask(SIG_SETMASK, &static_cast<ucontext_t*>(context)->uc_sigmask, nullptr);
    siglongjmp(guard->escape, 1);
  }
  if ((g_previous.sa_flags & SA_SIGINFO) != 0 && g_previous.sa_sigaction != nullptr) {
    g_previous.sa_sigaction(signal, info, context);
  } else if (g_previous.sa_handler != SIG_DFL && g_previous.sa_handler != SIG_IGN) {
    g_previous.sa_handler(signal);
  } else {
    take_default_action(signal, *info);
  }
}

bool install() noexcept {
  struct sigaction action {};
  action.sa_sigaction = on_sigbus;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  return sigaction(SIGBUS, &action, &g_previous) == 0;
}

struct Copy {
  const layout::Cell* from;
  std::uint64_t* to;
  std::size_t count;
};

}  // namespace

bool guarded(GuardedRange range, void (*body)(void* context), void* context) noexcept {
  static const bool installed = install();
  if (!installed) {
    return false;
  }
  Guard guard;
  guard.begin = reinterpret_cast<std::uintptr_t>(range.begin);
  guard.end = guard.begin + range.bytes;
  Guard* const outer = t_guard;
  if (sigsetjmp(guard.escape, 0) != 0) {
    t_guard = outer;
    return false;
  }
  t_guard = &guard;
  body(context);
  t_guard = outer;
  return true;
}

bool guarded_copy(const layout::Cell* from, std::uint64_t* to, std::size_t count) noexcept {
  if (from == nullptr) {
    return count == 0;
  }
  Copy copy{from, to, count};
  return guarded(
      {from, count * sizeof(layout::Cell)},
      [](void* context) {
        const Copy& c = *static_cast<Copy*>(context);
        copy_words(c.from, c.to, c.count);
      },
      &copy);
}

}  // namespace shmx
