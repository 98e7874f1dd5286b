// What the receiver has got of each series on the page, in memory and in the store. The exporter's
// thread only.
#ifndef SHM_EXPORTER_AGENT_PUSH_ACKNOWLEDGED_H
#define SHM_EXPORTER_AGENT_PUSH_ACKNOWLEDGED_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/model/acknowledged.h"
#include "agent/push/acknowledged_store.h"
#include "shm/result.h"

namespace shmx::push {

class Acknowledgements {
 public:
  struct Entry {
    model::Acknowledged acknowledged;
    bool known = false;      ///< something was acknowledged; until then there is no value
    bool changed = false;    ///< since it was stored
    std::uint64_t page = 0;  ///< the last that it was on
  };

  explicit Acknowledgements(AcknowledgedStore store) : store_(std::move(store)) {}

  /// Until it succeeds, before anything else: what was lost, if it was, as AcknowledgedLoaded has
  /// it. Later calls do nothing.
  Result<std::string> load();

  /// Null if there is none. Valid until remove_absent() finds it absent.
  Entry* find(std::string_view key);
  Entry& add(std::string key);

  /// `entry` is to be stored. Cannot fail, so what was accepted is never taken for open.
  void note_changed(Entry& entry) noexcept;

  /// What is not on this page has left: if it comes back, it comes as a new run.
  void remove_absent(std::uint64_t page);

  /// Stores what has changed. After an error everything is stored anew, but not before the next
  /// page, with the same error until then: a full disk is asked once per push.
  Result<bool> save();

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  Entry& insert(model::Acknowledged acknowledged);
  void take_all(model::AcknowledgedChanges& changes) const;

  AcknowledgedStore store_;
  bool loaded_ = false;
  std::unordered_map<std::string_view, std::unique_ptr<Entry>> entries_;  ///< by their own key
  std::vector<Entry*> changed_;                                           ///< room for all entries
  std::vector<std::string> removed_;
  bool whole_ = false;           ///< a save failed: the store may have anything
  std::optional<Error> failed_;  ///< why, until the next page
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_ACKNOWLEDGED_H
