// How often the process was forked since the module was loaded: what belongs to a parent's calls is
// not for its child to count.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_FORK_COUNT_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_FORK_COUNT_H

#include <cstdint>

namespace shmx::python {

/// Written in a child that has one thread, before anything else runs in it.
[[gnu::visibility("hidden")]] extern constinit std::uint32_t g_fork_count;

/// From now on forks are counted. Once per process; false when that cannot be arranged.
bool count_forks() noexcept;

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_FORK_COUNT_H
