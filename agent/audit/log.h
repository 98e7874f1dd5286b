// The audit log: append-only JSON lines, each with the SHA-256 of the one before it, and signed
// checkpoints. Thread-safe.
#ifndef SHM_EXPORTER_AGENT_AUDIT_LOG_H
#define SHM_EXPORTER_AGENT_AUDIT_LOG_H

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/audit/event.h"
#include "agent/audit/options.h"
#include "shm/result.h"

namespace shmx::audit {

/// Where the chain is: what is anchored outside the host.
struct Head {
  std::uint64_t records = 0;  ///< of the chain, since it began
  std::uint64_t prefix = 0;   ///< the first 52 bits of the last record's hash: exact in a double
};

struct Hooks {
  std::function<std::int64_t()> now_unix_ns;
  std::function<void(const std::string&)> warn;  ///< one sentence, once per occasion; any thread
};

class Log {
 public:
  /// Goes on with the chain that is there (a torn last line is closed by a record `recovered`), or
  /// begins one. An error says what stands in the way. One log per directory, by a lock. A disk
  /// that is full is no error: it is warned of, and records wait.
  static Result<std::unique_ptr<Log>> open(Options options, Hooks hooks);

  /// Signs a checkpoint and closes.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Takes the event for the log's own thread, which writes it soon. What does not fit into the
  /// bounded queue is counted as lost, and a record says so later. Never blocks.
  void record(Event event);

  /// Calls `done` on the log's thread when the record is in the file. Error: why it is not, and
  /// that it never will be; when there is no room in the queue, at once and on the caller's thread.
  void record(Event event, std::function<void(const Result<std::uint64_t>&)> done);

  /// Reads the key file: a record signed by the old key endorses the new one. False: it is still
  /// the same key. An error leaves the old one in force; if it was the disk's, until that takes the
  /// change. Waits for the disk; not on the log's thread.
  Result<bool> replace_key();

  Head head() const noexcept;
  std::uint64_t lost_records() const noexcept;
  std::uint64_t write_failures() const noexcept;

 private:
  class Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_LOG_H
