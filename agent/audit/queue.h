// Between those who record and the log's thread: bounded in records and in bytes. Thread-safe.
#ifndef SHM_EXPORTER_AGENT_AUDIT_QUEUE_H
#define SHM_EXPORTER_AGENT_AUDIT_QUEUE_H

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "agent/audit/pending.h"

namespace shmx::audit {

/// All processes of a large host at once, several times over: 10,000 segments are admitted when an
/// agent starts.
inline constexpr std::size_t kMaxQueuedRecords = 65'536;
inline constexpr std::size_t kMaxQueuedBytes = std::size_t{32} << 20;

class Queue {
 public:
  explicit Queue(std::function<std::int64_t()> now_unix_ns)
      : now_unix_ns_(std::move(now_unix_ns)) {}

  /// Stamps it with the time, so that times are in the order of records. False: there is no room,
  /// and it is counted as lost.
  bool push(Pending pending);

  /// Waits for what is new, and moves it to the end of `into`. With `pause` it waits no longer than
  /// that, and for what is urgent (somebody waits for it to be done) only. False: stop() was
  /// called.
  bool take(std::vector<Pending>& into, std::optional<std::chrono::milliseconds> pause);

  /// What was taken is held no more, so that there is room again.
  void release(const Pending& pending);

  void add_lost(std::uint64_t records);

  /// Since the last call: a record is to say so.
  std::uint64_t take_lost();

  std::uint64_t lost() const;  ///< in all
  void stop();

 private:
  std::function<std::int64_t()> now_unix_ns_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::vector<Pending> new_;
  std::size_t held_records_ = 0;
  std::size_t held_bytes_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t lost_untold_ = 0;
  bool urgent_ = false;
  bool stopping_ = false;
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_QUEUE_H
