// What a receiver of deltas has acknowledged, in a SQLite file beside the state's: it is of no use
// without the totals, and they are right without it. So it may be lost, or be missing, alone.
#ifndef SHM_EXPORTER_AGENT_STATE_ACKNOWLEDGED_H
#define SHM_EXPORTER_AGENT_STATE_ACKNOWLEDGED_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "agent/model/acknowledged.h"
#include "agent/state/database.h"
#include "agent/state/database_file.h"
#include "shm/result.h"

namespace shmx::state {

class AcknowledgedFile {
 public:
  /// `path` is in the state's directory, which is the agent's alone; so are the names that begin
  /// with it. One thread at a time.
  explicit AcknowledgedFile(std::string path) : path_(std::move(path)) {}

  /// To be called until it succeeds, then never again. An error is the agent's own lack of
  /// something and says nothing about the file. One that cannot be used is set aside as PATH.lost.
  Result<model::AcknowledgedLoaded> load();

  /// One transaction: all of it is durable, or nothing. The agent may be killed after a receiver
  /// has accepted a request and before this has stored it: then the next agent sends the same
  /// differences again, which is at-least-once.
  Result<bool> save(const model::AcknowledgedChanges& changes);

 private:
  Outcome<std::optional<Loss>> read(model::AcknowledgedLoaded& loaded);
  Outcome<bool> open_new();
  Outcome<bool> write(const model::AcknowledgedChanges& changes);
  void set_aside();
  bool marked() const noexcept;
  void mark() noexcept;

  std::string path_;
  std::optional<Database> database_;
  bool marked_ = false;
};

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_ACKNOWLEDGED_H
