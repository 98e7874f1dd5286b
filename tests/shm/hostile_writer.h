// A writer that does to its file whatever the kernel lets it do, in a thread, until it is stopped:
// cuts it, extends it with and without holes, punches holes, rewrites it right and wrong, and
// changes single words. Its segments claim to live: each has the lock.
#ifndef SHM_EXPORTER_TESTS_SHM_HOSTILE_WRITER_H
#define SHM_EXPORTER_TESTS_SHM_HOSTILE_WRITER_H

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <thread>

#include "tests/shm/corruptions.h"

namespace shmx::test {

class HostileWriter {
 public:
  /// Where its files go: at one path for ever, or each under a new name and unlinked after some
  /// acts, so that who refused one file meets the next.
  enum class Files { one, many };

  HostileWriter(std::string directory, Files files, std::uint64_t seed);
  ~HostileWriter() { stop(); }
  HostileWriter(const HostileWriter&) = delete;
  HostileWriter& operator=(const HostileWriter&) = delete;

  void stop();
  /// What it has done so far.
  std::uint64_t acts() const { return acts_.load(std::memory_order_relaxed); }
  /// The only file, when there is one.
  std::string path() const { return directory_ + "/one.shmx"; }

 private:
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }
  void run(Files files);
  void live(const UniqueFd& fd);
  void act(const UniqueFd& fd);
  void write(const UniqueFd& fd, const std::vector<std::byte>& bytes);

  std::string directory_;
  std::mt19937_64 random_;
  const std::vector<Corruption> corruptions_ = all_corruptions();
  Image image_ = right_image();
  std::atomic<bool> stop_ = false;  // Relaxed: orders nothing else.
  std::atomic<std::uint64_t> acts_ = 0;
  std::thread thread_;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHM_HOSTILE_WRITER_H
