#include "shm/guarded_copy.h"

#include <ucontext.h>

#include <csetjmp>
#include <csignal>

namespace shmx {
namespace {

// The innermost guarded() of this thread, null outside. Read by the handler on the same thread
// only.
constinit thread_local sigjmp_buf* volatile t_escape = nullptr;

struct sigaction g_previous;

void on_sigbus(int signal, siginfo_t* info, void* context) {
  if (t_escape != nullptr) {
    sigjmp_buf* const escape = t_escape;
    // The jump leaves without sigreturn: the thread gets the mask back that it had.
    pthread_sigmask(SIG_SETMASK, &static_cast<ucontext_t*>(context)->uc_sigmask, nullptr);
    siglongjmp(*escape, 1);
  }
  if ((g_previous.sa_flags & SA_SIGINFO) != 0 && g_previous.sa_sigaction != nullptr) {
    g_previous.sa_sigaction(signal, info, context);
    return;
  }
  if (g_previous.sa_handler != SIG_DFL && g_previous.sa_handler != SIG_IGN) {
    g_previous.sa_handler(signal);
    return;
  }
  // Nobody else wants it: let the fault happen again with the default action.
  struct sigaction fallback {};
  fallback.sa_handler = SIG_DFL;
  sigaction(SIGBUS, &fallback, nullptr);
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

bool guarded(void (*body)(void* context), void* context) noexcept {
  static const bool installed = install();
  if (!installed) {
    return false;
  }
  sigjmp_buf escape;
  sigjmp_buf* const outer = t_escape;
  if (sigsetjmp(escape, 0) != 0) {
    t_escape = outer;
    return false;
  }
  t_escape = &escape;
  body(context);
  t_escape = outer;
  return true;
}

bool guarded_copy(const layout::Cell* from, std::uint64_t* to, std::size_t count) noexcept {
  if (from == nullptr) {
    return count == 0;
  }
  Copy copy{from, to, count};
  return guarded(
      [](void* context) {
        const Copy& c = *static_cast<Copy*>(context);
        copy_words(c.from, c.to, c.count);
      },
      &copy);
}

}  // namespace shmx
