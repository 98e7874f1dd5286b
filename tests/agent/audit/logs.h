// Logs of tests: keys, a clock that counts, and what is in the files.
#ifndef SHM_EXPORTER_TESTS_AGENT_AUDIT_LOGS_H
#define SHM_EXPORTER_TESTS_AGENT_AUDIT_LOGS_H

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/audit/log.h"
#include "agent/audit/verify.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::audit {

/// A new Ed25519 key, as PEM that only its owner may read.
void make_key(const std::string& path);

/// The public part of a key file, as PEM.
std::string public_pem(const std::string& key_file);

std::string key_id_of(const std::string& key_file);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

/// Lines, each with its LF.
std::vector<std::string> lines_of(const std::string& text);

Event event(std::int64_t number);

/// One that has been answered: error, or its seq.
Result<std::uint64_t> recorded(Log& log, Event what);

/// A place for a log: a directory and a key, and what its log warns of.
class LogPlace {
 public:
  LogPlace();

  Options& options() noexcept { return options_; }
  const std::string& directory() const noexcept { return options_.directory; }
  std::string file(std::uint64_t number) const;
  std::vector<std::string> file_names() const;

  Result<std::unique_ptr<Log>> try_open();
  std::unique_ptr<Log> open();

  /// A whole life of a log: so many events, and a close.
  void write_events(std::int64_t events);

  VerifyOptions verify_options() const;
  Result<VerifyReport> verify() const { return audit::verify(verify_options()); }

  std::vector<std::string> warnings();

 private:
  testing::TemporaryDirectory root_;
  Options options_;
  std::mutex mutex_;
  std::vector<std::string> warnings_;
  std::atomic<std::int64_t> now_ns_{1'764'205'200'000'000'000};  ///< 2025-11-27T01:00:00Z
};

/// "" when the log verifies, else the error.
std::string problem(const Result<VerifyReport>& verified);

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_TESTS_AGENT_AUDIT_LOGS_H
