// What the scanner's tests share: a directory, a clock that stands still, files that look alive.
#ifndef SHM_EXPORTER_TESTS_AGENT_SCAN_SCANNING_H
#define SHM_EXPORTER_TESTS_AGENT_SCAN_SCANNING_H

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/scan/scanner.h"
#include "shm/layout.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::scan {

class ScannerOfFiles : public ::testing::Test {
 protected:
  /// The scanner that rescan(), drain() and the others work on.
  void start(const BudgetLimits& limits = {}) {
    scanner_ = std::make_unique<Scanner>(
        ScannerConfig{{directory_.path()},
                      layout::kMaxSegmentBytes,
                      [this](const std::string& line) { log_.push_back(line); },
                      limits,
                      [this] { return now_ += step_; }});
  }

  /// A file whose writer lives as long as what is returned.
  UniqueFd live(const std::string& name, uid_t owner = 0) const {
    const std::string path = directory_.file(name);
    UniqueFd fd(::open((path + "~").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    EXPECT_TRUE(lock_segment(fd.get()));
    EXPECT_EQ(::fchown(fd.get(), owner, owner), 0);
    EXPECT_EQ(::rename((path + "~").c_str(), path.c_str()), 0);
    return fd;
  }

  std::vector<UniqueFd> live_ones(const std::string& prefix, int count, uid_t owner = 0) const {
    std::vector<UniqueFd> writers;
    writers.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      writers.push_back(live(prefix + std::to_string(i) + ".shmx", owner));
    }
    return writers;
  }

  void dead_ones(const std::string& prefix, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      directory_.write(prefix + std::to_string(i) + ".shmx", "");
    }
  }

  /// The names that were admitted since the last call.
  std::vector<std::string> appeared() {
    std::vector<std::string> names;
    for (const FileId id : scanner_->take_appeared()) {
      ids_.push_back(id);
      names.push_back(scanner_->find(id)->name);
    }
    return names;
  }

  bool is_readable() const {
    pollfd readable{scanner_->inotify_fd(), POLLIN, 0};
    return ::poll(&readable, 1, 0) == 1;
  }

  std::uint64_t refused(const std::string& reason) const {
    return scanner_->refusals().counts().at(reason);
  }

  testing::TemporaryDirectory directory_;
  std::vector<std::string> log_;
  std::vector<FileId> ids_;  ///< of all that appeared
  Instant now_{};
  std::chrono::milliseconds step_{0};  ///< what each look at the clock takes
  std::unique_ptr<Scanner> scanner_;
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_TESTS_AGENT_SCAN_SCANNING_H
