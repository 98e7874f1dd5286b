// Puts events into the files of a log: begins files, signs checkpoints, removes what is too old.
// Knows neither threads nor clocks.
#ifndef SHM_EXPORTER_AGENT_AUDIT_WRITER_H
#define SHM_EXPORTER_AGENT_AUDIT_WRITER_H

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/audit/chain.h"
#include "agent/audit/directory.h"
#include "agent/audit/log_file.h"
#include "agent/audit/options.h"
#include "agent/audit/pending.h"
#include "agent/audit/resume.h"
#include "shm/result.h"

namespace shmx::audit {

class Writer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// Writes nothing yet, but for what a torn end of the log takes. Error: what stands in the way.
  static Result<Writer> open(const Options& options, Warn warn);

  /// One write to the file of as many of the first events as fit; returns their seqs. What a new
  /// file, or one whose writer was killed, begins with is written before them, and without any.
  /// After an error nothing is written, and the same events may be given again.
  Result<std::vector<std::uint64_t>> write(std::span<const Pending> events, std::int64_t now_ns);

  /// After a write: puts what has been signed on the disk, and then removes the oldest files where
  /// there are too many bytes. Not every record is put there, as a scrape every second would mean
  /// 86,400 flushes a day: what the file has is safe from a kill of the agent, and after a power
  /// cut the last head that was anchored shows what is missing.
  Result<bool> settle(std::int64_t now_ns);

  /// Signs what is not signed yet.
  Result<bool> close(std::int64_t now_ns);

  const Position& position() const noexcept { return chain_.position(); }
  const SigningKey& key() const noexcept { return chain_.key(); }

 private:
  Writer(const Options& options, Warn warn, Directory directory, SigningKey key, LogEnd end);
  Result<bool> prepare_file(std::int64_t now_ns);
  Result<bool> next_file();
  Result<bool> sign_off(std::int64_t now_ns);
  Result<bool> commit(Chain next, const std::string& bytes);
  void append_beginning(Chain& chain, std::string& bytes, std::int64_t now_ns);
  Result<bool> remove_oldest(std::int64_t now_ns);
  Result<Fields> described(std::uint64_t number, std::uint64_t next) const;

  Options options_;
  Warn warn_;
  std::optional<Directory> directory_;
  Chain chain_;
  std::optional<LogFile> file_;
  std::uint64_t number_;             ///< of the file
  std::optional<Fields> recovered_;  ///< what the next write is to say about the log's torn end
  bool sync_due_ = false;
  bool removal_due_ = true;  ///< since a file began, or since another agent may have been killed
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_WRITER_H
