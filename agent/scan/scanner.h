// Finds segment files in the directories and holds the admitted ones open. It knows files: which
// are new, which were closed by a writer, which are refused and why. It does not read them, and it
// does not decide when one is dead or folded: its caller does, and says refuse(), ignore() or
// remove().
//
// A file is admitted by its inode, once, under whatever names it appears; it stays known until
// nothing can bring it back, so that its counts can be taken once only:
//
//   (unknown) --found, admit() says yes------------------> admitted (descriptor kept)
//   admitted  --caller: refuse() [not a segment]---------> refused (known by name, not kept open)
//   admitted  --caller: remove() [folded]----------------> forgotten, or ignored if the file stays
//   admitted  --caller: ignore() [quarantined]-----------> ignored (descriptor kept)
//   ignored   --rescan: no name left---------------------> forgotten
//
// Single-threaded; never blocks.
#ifndef SHM_EXPORTER_AGENT_SCAN_SCANNER_H
#define SHM_EXPORTER_AGENT_SCAN_SCANNER_H

#include <absl/container/flat_hash_map.h>
#include <absl/container/node_hash_map.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/scan/admission.h"
#include "agent/scan/directory.h"
#include "agent/scan/refusals.h"
#include "agent/scan/watcher.h"
#include "shm/file.h"

namespace shmx::scan {

struct ScannerConfig {
  std::vector<std::string> directories;
  std::uint64_t max_segment_bytes = 0;
  std::function<void(const std::string&)> warn;  ///< may be empty
};

/// Never used twice in a scanner's life.
using FileId = std::uint64_t;

struct File {
  Identity identity;
  UniqueFd fd;
  std::shared_ptr<OpenDirectory> directory;
  std::string name;
  std::size_t place = 0;  ///< index of the configured directory
  bool ignored = false;
  bool refused_before = false;  ///< and counted then
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

  /// Takes inotify's news, and notices directories that went or came.
  void drain();

  /// Lists every directory, removes abandoned newborns, forgets ignored files that are gone.
  void rescan();

  /// Whether all directories that exist have been listed and every name found was looked at. False
  /// before the first rescan and while the agent lacks descriptors or memory; problem() says why.
  bool complete() const noexcept;
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

  /// Removes the file, whose counts are in the totals now, and forgets it. False when it could not
  /// be removed: then it is ignored until it is gone.
  bool remove(FileId id);

  Refusals& refusals() noexcept { return refusals_; }
  const Refusals& refusals() const noexcept { return refusals_; }
  std::uint64_t refused_now() const noexcept;
  std::uint64_t pending() const noexcept;
  std::uint64_t newborns_removed() const noexcept { return newborns_removed_; }
  std::uint64_t own_failures() const noexcept { return own_failures_; }
  std::uint64_t unlink_failures() const noexcept { return unlink_failures_; }
  std::vector<DirectoryStatus> directories() const;

 private:
  enum class Cause { listed, created, renamed, closed };
  struct RefusedName {
    Identity identity;
    bool may_change;
  };
  struct Place {
    std::string path;
    std::shared_ptr<OpenDirectory> directory;  ///< null: absent
    int watch = -1;
    bool listed = false;
    std::string problem;  ///< why it could not be opened or listed
    absl::flat_hash_map<std::string, FileId> files;
    absl::flat_hash_map<std::string, RefusedName> refused;
    absl::flat_hash_map<std::string, std::uint64_t> newborns;  ///< unlocked at the last rescan
    std::set<std::string> pending;  ///< not looked at, by a failure of the agent's own

    std::string path_of(const std::string& name) const { return path + "/" + name; }
  };

  void check(Place& place);
  void open(Place& place);
  void close(Place& place);
  void list(Place& place, bool with_newborns);
  void consider_entry(Place& place, const Entry& entry);
  void consider(Place& place, const std::string& name, Cause cause);
  void accept(Place& place, const std::string& name, Cause cause, Admitted admitted);
  void meet_again(FileId id, Place& place, const std::string& name);
  void refuse_name(Place& place, const std::string& name, FileRefusal reason,
                   const Identity& identity);
  void note_refusal(Place& place, const std::string& name, std::string_view reason,
                    const RefusedName& refused, bool counted, const std::string& detail);
  void retry_pending(Place& place);
  void consider_newborn(Place& place, const std::string& name,
                        absl::flat_hash_map<std::string, std::uint64_t>& unlocked);
  void apply(const WatchNews& news);
  static Cause cause_of(NameEvent::What what) noexcept;
  Place* place_of(int watch) noexcept;
  void forget_ignored();
  void forget(FileId id);
  void warn(const std::string& line) const;

  ScannerConfig config_;
  Watcher watcher_;
  Refusals refusals_;
  std::vector<Place> places_;
  absl::node_hash_map<FileId, File> files_;  ///< nodes: callers keep pointers
  absl::flat_hash_map<std::pair<std::uint64_t, std::uint64_t>, FileId> by_inode_;
  std::vector<FileId> appeared_;
  std::vector<FileId> closed_;
  FileId next_id_ = 1;
  bool scanned_ = false;
  std::uint64_t newborns_removed_ = 0;
  std::uint64_t own_failures_ = 0;
  std::uint64_t unlink_failures_ = 0;
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_SCANNER_H
