// Where handlers wait for the test, and the test for handlers.
#ifndef SHM_EXPORTER_TESTS_SHIM_GATE_H
#define SHM_EXPORTER_TESTS_SHIM_GATE_H

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace shmx::test {

/// Long enough for a loaded machine: whoever waits longer has found a bug.
inline constexpr std::chrono::seconds kPatience{20};

/// A number that only grows, and can be waited for.
class Tally {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  /// Whether `n` were reached in time.
  [[nodiscard]] bool await(int n) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return count_ >= n; });
  }
  int count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// Every handler passes it; while it is closed they stay.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    closed_ = false;
    opened_.notify_all();
  }
  void pass() {
    arrived_.add();
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [&] { return !closed_; });
  }
  /// Whether `n` handlers have come to the gate in time.
  [[nodiscard]] bool await_arrivals(int n) { return arrived_.await(n); }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool closed_ = false;
  Tally arrived_;
};

/// The two of a handler: before it reads or answers anything, and when only its status is left.
struct Gates {
  Gate entry;
  Gate exit;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_GATE_H
