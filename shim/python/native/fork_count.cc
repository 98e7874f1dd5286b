#include "shim/python/native/fork_count.h"

#include <pthread.h>

namespace shmx::python {

constinit std::uint32_t g_fork_count = 0;

bool count_forks() noexcept {
  return pthread_atfork(nullptr, nullptr, [] { ++g_fork_count; }) == 0;
}

}  // namespace shmx::python
