// The fixture of tests that count: each body in a process of its own, with a directory of its own.
#ifndef SHM_EXPORTER_TESTS_SHM_PROCESS_TEST_H
#define SHM_EXPORTER_TESTS_SHM_PROCESS_TEST_H

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

#include "shim/metrics.h"
#include "tests/shm/fresh_process.h"
#include "tests/shm/segment_view.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {

class ProcessTest : public testing::Test {
 protected:
  /// With the test's directory, unless the options name one.
  void in_process(const std::function<void()>& body, ProcessOptions options = {}) {
    in_fresh_process([&] {
      if (options.directory.empty()) {
        options.directory = dir_.path();
      }
      ASSERT_TRUE(configure(options));
      body();
    });
  }
  /// Fails the test when there is another number of segments than one, or a reader refuses it.
  SegmentView segment() const { return only_segment(dir_.path()); }

  TempDir dir_;
};

/// Runs the body in so many threads at once, until all have ended.
void run_threads(int count, const auto& body) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    threads.emplace_back(body);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHM_PROCESS_TEST_H
