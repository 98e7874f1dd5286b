// Threads that callback handlers run their scripts on: a callback itself may not block.
#ifndef SHM_EXPORTER_TESTS_SHIM_HANDLER_THREADS_H
#define SHM_EXPORTER_TESTS_SHIM_HANDLER_THREADS_H

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace shmx::test {

class HandlerThreads {
 public:
  template <typename Script>
  void run(Script script) {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back(std::move(script));
  }
  void join() {
    const std::lock_guard lock(mutex_);
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_HANDLER_THREADS_H
