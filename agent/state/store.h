// The agent's durable state: the totals of processes that are gone, and which segments are in them
// already. One SQLite file in a directory of the agent's own, on a tmpfs: it lives as long as the
// segments do, until the next boot.
//
// A fold is one commit() of the totals with it and the segment's identity; only then the file is
// removed, and only when it is gone its identity is forgotten. Whenever the agent dies in between,
// the next one finds either no identity, and folds, or the identity, and does not.
//
// A COMMIT whose outcome is not known is settled by doing it again: everything is absolute.
#ifndef SHM_EXPORTER_AGENT_STATE_STORE_H
#define SHM_EXPORTER_AGENT_STATE_STORE_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/retired.h"
#include "agent/state/database.h"
#include "agent/state/database_file.h"
#include "agent/state/directory.h"
#include "shm/layout.h"
#include "shm/result.h"

namespace shmx::state {

/// The schema's version, in the file's user_version as major * 65536 + minor. A new minor only adds
/// tables, or columns with defaults: every release of the same major reads and writes it. Another
/// major is a state that is lost to this release.
inline constexpr std::int64_t kSchemaMajor = 1;
inline constexpr std::int64_t kSchemaMinor = 2;

/// Which file: device and inode while it exists, and what tells it from a later file that was given
/// the same inode.
struct SegmentIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint32_t owner = 0;
  std::array<std::uint8_t, 16> uuid{};  ///< a claim
  friend bool operator==(const SegmentIdentity&, const SegmentIdentity&) = default;
};

using LossCounts = std::array<std::int64_t, layout::kLossCount>;

struct Changes {
  model::RetiredChanges retired;
  std::vector<SegmentIdentity> folded;
  std::vector<SegmentIdentity> forgotten;
  LossCounts losses{};  ///< of processes that are gone
};

/// How a state was found.
enum class Opening {
  first,   ///< there was none
  loaded,  ///< as the agent before left it
  lost,    ///< there was one, and it cannot be used: what is there now becomes the baseline
};

struct Loaded {
  Opening opening = Opening::first;
  std::string loss;  ///< why it is lost: missing, unreadable, corrupt, version, boot, unfinished
  std::string detail;
  model::Retired retired;
  std::vector<SegmentIdentity> folded;
  LossCounts losses{};
  model::RetiredId last_id = 0;  ///< none above has been used
};

/// Every reason in Loaded::loss.
inline constexpr const char* kLosses[] = {"missing", "unreadable", "corrupt",
                                          "version", "boot",       "unfinished"};

class Store {
 public:
  /// `boot_id` names this boot: a state of another one is not continued.
  Store(Directory directory, std::string boot_id)
      : directory_(std::move(directory)), boot_id_(std::move(boot_id)) {}

  /// To be called until it succeeds, then never again. An error is the agent's own lack of
  /// something and says nothing about the state.
  Result<Loaded> load();

  /// One transaction: all of it is durable, or nothing. After an error the same may be tried again.
  /// After a lost state the first commit must hold the whole baseline.
  Result<bool> commit(const Changes& changes);

  /// Of the files of the state.
  std::uint64_t size_bytes() const noexcept;

 private:
  Outcome<std::optional<Loss>> open_existing(Loaded& loaded);
  Outcome<bool> upgrade();
  Outcome<std::optional<Loss>> read_rows(Loaded& loaded);
  std::optional<Loss> read_meta(const std::vector<Row>& rows, Loaded& loaded) const;
  void set_aside(const std::string& reason);
  Outcome<bool> create();
  Outcome<bool> set_up();
  bool marked() const noexcept;
  void mark() noexcept;

  Directory directory_;
  std::string boot_id_;
  std::optional<Database> database_;
  bool complete_ = false;  ///< the file has its first transaction
  bool marked_ = false;
};

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_STORE_H
