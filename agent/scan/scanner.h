// Finds segment files in the directories and holds the admitted ones open. It knows files: which
// are new, which were closed by a writer, which are refused and why. It does not read them, and it
// does not decide when one is folded: its caller does, and says refuse(), ignore() or remove().
//
// A file is admitted by its inode, once, under whatever names it appears; it stays known until
// nothing can bring it back, so that its counts can be taken once only:
//
//   (unknown) --found live, room in the budget-----------> admitted (descriptor kept)
//   (unknown) --found live, no room----------------------> refused (looked at again)
//   (unknown) --found dead, its share held by few--------> admitted
//   (unknown) --found dead, more-------------------------> waiting (known by name, not kept open)
//   (unknown) --found dead, has more names, no room------> refused (it would stay when folded)
//   admitted  --caller: refuse() [not a segment]---------> refused (known by name, not kept open)
//   admitted  --caller: remove() [folded]----------------> forgotten, or ignored if the file stays
//   admitted  --caller: ignore() [quarantined]-----------> ignored (descriptor kept)
//   ignored   --rescan: no name left---------------------> forgotten
//
// Whoever may create files decides how many there are and how fast they come and go. So what is
// remembered is bounded (names.h), what is held open too (budget.h), and so is the time that
// events and listings take (pace.h, watcher.h). A file that has to wait is found again later.
//
// Single-threaded; never blocks.
#ifndef SHM_EXPORTER_AGENT_SCAN_SCANNER_H
#define SHM_EXPORTER_AGENT_SCAN_SCANNER_H

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/container/node_hash_map.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/scan/admission.h"
#include "agent/scan/budget.h"
#include "agent/scan/directory.h"
#include "agent/scan/names.h"
#include "agent/scan/pace.h"
#include "agent/scan/refusals.h"
#include "agent/scan/watcher.h"
#include "shm/file.h"

namespace shmx::scan {

/// A file that was refused, when that is counted.
struct RefusedFile {
  std::string_view reason;
  std::string path;
  Identity identity;
  std::size_t place;  ///< index of the configured directory
};

/// A refused file that is there, for who wants to look into it.
struct RefusedNow {
  std::string reason;
  std::string detail{};
  std::string name{};
  Identity identity{};
  std::size_t place = 0;  ///< index of the configured directory
};

struct ScannerConfig {
  std::vector<std::string> directories;
  std::uint64_t max_segment_bytes = 0;
  std::function<void(const std::string&)> warn;  ///< may be empty
  BudgetLimits budget = {};
  /// For the pace of listings; decides nothing that is counted.
  std::function<Instant()> now = [] { return std::chrono::steady_clock::now(); };
  /// By directory, which of the budget's shares it has a part of; empty: the first.
  std::vector<std::size_t> shares{};
  /// Told of each refused file that is remembered, once; may be empty. A file that is not
  /// remembered, for there are too many (names.h), is only counted.
  std::function<void(const RefusedFile&)> refused{};
};

/// Never used twice in a scanner's life.
using FileId = std::uint64_t;

struct File {
  Identity identity;
  UniqueFd fd;
  std::shared_ptr<OpenDirectory> directory;
  std::string name;
  std::size_t place = 0;     ///< index of the configured directory
  std::size_t found_in = 0;  ///< the same of where it was found, whose room it takes
  bool ignored = false;
  bool refused_before = false;  ///< and counted then
  bool found_dead = false;      ///< and is not done with: one of those that may be held dead
  bool takes_room = false;      ///< of the budget
};

/// A configured directory's state.
struct DirectoryStatus {
  std::string path;
  bool present = false;
};

class Scanner {
 public:
  explicit Scanner(ScannerConfig config);

  int inotify_fd() const noexcept { return watcher_.fd(); }

  /// Takes inotify's news, and notices directories that went or came. What it leaves for later
  /// makes inotify_fd() readable again.
  void drain();

  /// Lists every directory, removes abandoned newborns, forgets ignored files that are gone.
  void rescan();

  /// Whether all directories that exist have been listed and every file that was found then is
  /// admitted or refused. False before the first rescan, while dead segments of before it wait, and
  /// while the agent lacks descriptors or memory; problem() says why.
  bool complete() const noexcept;

  /// The same, but that dead segments may wait: no live one that there is room for is missing.
  bool listed() const noexcept;

  std::string problem() const;

  /// Files admitted since the last call, in the order of admission.
  std::vector<FileId> take_appeared() { return std::exchange(appeared_, {}); }

  /// Known files that a writer closed since the last call: perhaps dead. May hold an id twice.
  std::vector<FileId> take_closed() { return std::exchange(closed_, {}); }

  /// A file that is known; null otherwise. Stays where it is until it is refused or removed, or
  /// ignored and found to be gone.
  const File* find(FileId id) const;

  /// The content is no segment's. The file stays where it is, known by its name.
  void refuse(FileId id, std::string_view reason, const std::string& detail);

  /// The file is not to be admitted again while it exists.
  void ignore(FileId id);

  /// An ignored file is to be read after all.
  void take_up(FileId id) { files_.at(id).ignored = false; }

  /// Removes the file, whose counts are in the totals now, and forgets it. False when it could not
  /// be removed: then it is ignored until it is gone.
  bool remove(FileId id);

  Refusals& refusals() noexcept { return refusals_; }
  const Refusals& refusals() const noexcept { return refusals_; }
  std::uint64_t refused_now() const noexcept;

  /// Those of them that are known by their names, by directory and name: kMaxNamedRefusals of each
  /// directory at most.
  std::vector<RefusedNow> refused_files() const;

  /// More than a person looks through; whoever may create files must not choose how many names the
  /// agent keeps.
  static constexpr std::size_t kMaxNamedRefusals = 100;
  std::uint64_t pending() const noexcept;
  std::uint64_t newborns_removed() const noexcept { return newborns_removed_; }
  std::uint64_t own_failures() const noexcept { return own_failures_; }
  std::uint64_t unlink_failures() const noexcept { return unlink_failures_; }
  std::vector<DirectoryStatus> directories() const;

  /// Segments of a share that are held open and were live when they were found.
  std::uint64_t held(std::size_t share) const noexcept { return budget_.held(share); }

 private:
  enum class Cause { listed, created, renamed, closed };
  /// A directory that is or was at a configured path.
  struct Place {
    std::string path;
    std::size_t index = 0;                     ///< of the configured path
    std::size_t share = 0;                     ///< of the budget
    std::shared_ptr<OpenDirectory> directory;  ///< null: absent
    int watch = -1;
    bool watch_failed = false;  ///< and was told in the log
    bool listed = false;        ///< whole, with nothing left out
    bool must_list = false;     ///< there may be names that no event tells
    std::size_t behind = 0;     ///< so many of `waiting` are of the first listing
    bool left_out = false;      ///< there were more dead ones than `waiting` holds
    bool more_behind = false;   ///< and some of them are of the first listing
    std::string problem;        ///< why it could not be opened or listed
    EventMeter events;
    Pace listings;
    absl::flat_hash_map<std::string, FileId> files;
    RefusedNames refused;
    std::map<std::string, RefusedNow> named;  ///< of `refused` or before: kMaxNamedRefusals at most
    absl::flat_hash_map<std::uint64_t, std::uint64_t> newborns;  ///< unlocked at the last rescan
    NameQueue pending{kMaxPending};  ///< not looked at, by a failure of the agent's own
    NameQueue waiting{kMaxWaiting};  ///< dead ones
    bool crowded = false;  ///< the budget refused a file: others come after it, not before
    absl::flat_hash_set<std::uint32_t> crowded_owners;

    std::string path_of(const std::string& name) const { return path + "/" + name; }
  };

  /// Names that are tried again at every call while the agent lacks descriptors or memory. Beyond,
  /// the directory is listed again.
  static constexpr std::size_t kMaxPending = 1'024;

  /// Some 100 bytes each. Beyond, the directory is listed again.
  static constexpr std::size_t kMaxWaiting = RefusedNames::kMaxRemembered;

  /// Waiting names that one call looks at, whatever has become of them: some 20 ms.
  static constexpr std::size_t kMaxWaitingPerCall = 4'096;

  /// Abandoned newborns that one rescan removes: some 50 ms.
  static constexpr std::size_t kMaxNewbornsPerRescan = 8'192;

  /// Log lines about files that cannot be removed; the counter goes on.
  static constexpr std::uint64_t kMaxUnlinkWarnings = 10;

  // scanner_places.cc: directories that come, go and are listed.
  void check(Place& place);
  void open(Place& place);
  void close(Place& place);
  void watch(Place& place);
  void rest(Place& place);
  void list(Place& place, bool with_newborns);
  bool is_news(Place& place, std::string_view name, std::uint64_t inode, bool with_newborns);
  void list_if_due(Place& place);

  // scanner_names.cc: what is done with a name.
  void consider(Place& place, const std::string& name, Cause cause);
  void accept(Place& place, const std::string& name, Cause cause, Admitted admitted);
  bool has_room(Place& place, std::uint32_t owner, Cause cause);
  bool has_room_for_dead(const Place& place) const noexcept;
  void count_refused(const Place& place, const std::string& name, const Identity& identity,
                     std::string_view reason, const std::string& detail);
  static void name_refused(Place& place, const std::string& name, const Identity& identity,
                           std::string_view reason, const std::string& detail);
  void make_wait(Place& place, const std::string& name);
  void meet_again(FileId id, Place& place, const std::string& name);
  void meet_own_failure(Place& place, const std::string& name, int code);
  void refuse_name(Place& place, const std::string& name, FileRefusal reason,
                   const Identity& identity);
  void retry_pending(Place& place);
  void take_waiting();
  void take_waiting(Place& place);
  void consider_newborn(Place& place, const std::string& name,
                        absl::flat_hash_map<std::uint64_t, std::uint64_t>& unlocked);

  // scanner.cc: the order of things.
  void apply(const WatchNews& news);
  void count_events(const WatchNews& news);
  static Cause cause_of(NameEvent::What what) noexcept;
  Place* place_of(int watch) noexcept;
  void warn(const std::string& line) const;

  // scanner_files.cc: what becomes of an admitted file.
  Place* home_of(const File& file) noexcept;
  void unname(FileId id, const File& file);
  void hold(const File& file);
  void let_go(const File& file);
  void let_go_dead(const File& file);
  void forget_ignored();
  void forget(FileId id);

  ScannerConfig config_;
  Watcher watcher_;
  Refusals refusals_;
  Budget budget_;
  std::vector<Place> places_;
  std::vector<Place> former_;  ///< gone from their paths, with names that are still to be looked at
  absl::node_hash_map<FileId, File> files_;  ///< nodes: callers keep pointers
  absl::flat_hash_map<std::pair<std::uint64_t, std::uint64_t>, FileId> by_inode_;
  std::vector<FileId> appeared_;
  std::vector<FileId> closed_;
  FileId next_id_ = 1;
  std::vector<std::size_t> dead_held_;  ///< by share
  std::size_t max_dead_held_;           ///< of each share
  bool scanned_ = false;
  std::uint64_t newborns_removed_ = 0;
  std::uint64_t own_failures_ = 0;
  std::uint64_t unlink_failures_ = 0;
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_SCANNER_H
