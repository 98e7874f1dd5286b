// Where the bridge's tests publish: a segment of this process in a directory of its own.
#ifndef SHM_EXPORTER_TESTS_SHIM_BRIDGE_OWN_SEGMENT_H
#define SHM_EXPORTER_TESTS_SHIM_BRIDGE_OWN_SEGMENT_H

#include <gtest/gtest.h>

#include <string>

#include "shm/registry.h"
#include "tests/shim/segment_values.h"

namespace shmx::test {

/// To be called before the process's first count.
inline void configure_segment() {
  static const bool done = [] {
    ProcessOptions options;
    options.service = "bridge-test";
    options.directory = segment_directory();
    return configure(options);
  }();
  EXPECT_TRUE(done);
}

/// The value of kTestLabel that the running test's series bear.
inline std::string test_name() {
  return testing::UnitTest::GetInstance()->current_test_info()->name();
}

/// What this process has counted in the running test.
inline SegmentView published() {
  return own(test_name());
}

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_BRIDGE_OWN_SEGMENT_H
