// Memory that runs out: the program's operator new, which fails where a test wants it to.
#ifndef SHM_EXPORTER_TESTS_AGENT_MAIN_FAILING_NEW_H
#define SHM_EXPORTER_TESTS_AGENT_MAIN_FAILING_NEW_H

#include <cstddef>
#include <cstdint>

namespace shmx::testing {

/// Larger allocations of this thread fail. SIZE_MAX: none does.
extern thread_local std::size_t largest_new;

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_MAIN_FAILING_NEW_H
