// Runs the body of a test in a process of its own, since a process has one registry: whatever the
// body registers, counts or breaks ends with it. The calling process must not have used the shim.
#ifndef SHM_EXPORTER_TESTS_SHM_FRESH_PROCESS_H
#define SHM_EXPORTER_TESTS_SHM_FRESH_PROCESS_H

#include <functional>

namespace shmx::test {

/// Forks, runs `body` in the child, waits for it, and fails the test when an expectation failed
/// there or it did not end normally.
void in_fresh_process(const std::function<void()>& body);

/// Waits for a child that must exit with 0.
void expect_exit_0(int pid);

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHM_FRESH_PROCESS_H
