// What happens to the agent and through it, as records of the audit log. Thread-safe.
#ifndef SHM_EXPORTER_AGENT_MAIN_RECORDS_H
#define SHM_EXPORTER_AGENT_MAIN_RECORDS_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/audit/log.h"
#include "agent/identity/verdict.h"
#include "agent/main/access.h"
#include "agent/main/collector/segment_event.h"
#include "agent/model/scope.h"

namespace shmx {

/// What somebody got.
struct Given {
  std::string_view how;     ///< "scrape", "status", "push" or "snapshot"
  std::string_view reader;  ///< as identity::Reader names it; of a push: the receiver's URL
  std::string_view peer;
  const model::Scope& scope;
  std::string_view sha256;  ///< hexadecimal, of the body as it is sent
  std::size_t bytes;
};

class Records {
 public:
  /// Without a log nothing is recorded, and all of these cost nothing.
  /// `warn` is told when a new key cannot be used.
  Records(std::unique_ptr<audit::Log> log, bool required,
          std::function<void(const std::string&)> warn);

  bool on() const noexcept { return log_ != nullptr; }
  const audit::Log* log() const noexcept { return log_.get(); }

  void started(std::string_view version, const InForce& in_force);
  void stopping(std::string_view why);
  void reloaded(const InForce& in_force, const std::string& problem);
  /// The collector's thread only. Whoever may create files could fill a bounded log with refusals,
  /// so that what came before is removed: beyond kMaxRefusedPerMinute they are only counted.
  void segment(const SegmentEvent& event);
  static constexpr std::int64_t kMaxRefusedPerMinute = 100;
  void refused(const std::string& door, const std::string& peer, const std::string& reason,
               const std::string& detail);

  /// `done` is called once: with true when it may be given. That is in this call unless the audit
  /// is required; then it is when the record is in the file, on the log's thread, or with false
  /// when it cannot be.
  void given(const Given& given, std::function<void(bool)> done);

 private:
  void record(audit::Event event);
  void use_key();
  bool has_room_for_refusal();

  const std::unique_ptr<audit::Log> log_;
  const bool required_;
  const std::function<void(const std::string&)> warn_;
  std::chrono::steady_clock::time_point minute_{};
  std::int64_t refused_ = 0;  ///< segments, in that minute
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_RECORDS_H
