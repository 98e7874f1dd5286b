// What must outlive the agent, and in which order: a dead segment's values are durable before its
// file is removed, and its identity is durable as long as its file may be found.
#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <set>
#include <utility>

#include "agent/main/collector/collector_impl.h"

namespace shmx {

/// True when the agent knows what the one before has left. Asked again until it does.
bool Collector::Impl::open_state() {
  if (state_open_) {
    return true;
  }
  if (config_.store) {
    const auto loaded = config_.store->load();
    if (!loaded) {
      ++commit_failures_;
      if (std::exchange(state_problem_, loaded.error().message).empty()) {
        warn("the state cannot be read, no page is served until it can: " + state_problem_);
      }
      return false;
    }
    state_lost_ = loaded->opening == state::Opening::lost;
    if (state_lost_) {
      ++states_lost_[loaded->loss];
      warn("the state is lost (" + loaded->loss + ": " + loaded->detail +
           "); every counter restarts at 0, from what its processes have counted by now");
    }
    aggregator_.load(loaded->retired, loaded->last_id);
    retired_losses_ = loaded->losses;
    for (const state::SegmentIdentity& identity : loaded->folded) {
      folded_before_[{identity.device, identity.inode}] = identity;
    }
  }
  state_open_ = true;
  return true;
}

/// Once, when every live segment that is there has been read or refused: from now on dead ones
/// enter the totals. Of these, some may wait for their turn; but not for a baseline, after which
/// they would be counted.
void Collector::Impl::settle(Time now) {
  const bool found = state_lost_ ? scanner_.complete() : scanner_.listed();
  if (settled_ || !found || !unread_.empty()) {
    return;
  }
  read_all();
  if (state_lost_) {
    aggregator_.baseline();
    for (const auto& [id, live] : live_) {
      for (std::size_t i = 0; i < live.losses.size(); ++i) {
        retired_losses_[i] -= static_cast<std::int64_t>(live.losses[i]);
      }
    }
  }
  settled_ = true;
  quarantine_violators(now);
  withdraw_claims(now);  // Of a policy that was changed meanwhile.
}

/// Once, when those that waited are in the totals, too: only now it is known what the processes of
/// before this start add up to.
void Collector::Impl::end_loading(Time now) {
  if (!settled_ || !aggregator_.is_loading() || !scanner_.complete() || !unread_.empty()) {
    return;
  }
  read_all();
  aggregator_.settle(now.boot.count());
  quarantine_violators(now);
}

/// What the agent before has folded and then removed, this one forgets when two listings in a row
/// have not found it: one alone can miss a file that is renamed meanwhile. A directory that is not
/// there may still have its files, so as long as one is missing nothing is forgotten.
void Collector::Impl::forget_absent() {
  std::set<Inode> found;
  if (folded_before_.empty() || !settled_ || !scanner_.complete() || !find_inodes(found)) {
    return;
  }
  const std::set<Inode> absent_before = std::exchange(absent_once_, {});
  for (auto known = folded_before_.begin(); known != folded_before_.end();) {
    if (found.contains(known->first)) {
      ++known;
    } else if (absent_before.contains(known->first)) {
      forgotten_.push_back(known->second);
      known = folded_before_.erase(known);
    } else {
      absent_once_.insert(known->first);
      ++known;
    }
  }
}

/// Those of folded_before_ that are in the directories, whatever is refused or waits; false when a
/// directory cannot be listed.
bool Collector::Impl::find_inodes(std::set<Inode>& found) const {
  for (const scan::DirectoryStatus& status : scanner_.directories()) {
    struct stat directory {};
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(status.path.c_str()), ::closedir);
    if (!status.present || !entries || ::fstat(::dirfd(entries.get()), &directory) != 0) {
      return false;
    }
    errno = 0;
    while (const dirent* const entry = ::readdir(entries.get())) {
      const Inode inode(directory.st_dev, entry->d_ino);
      if (folded_before_.contains(inode)) {
        found.insert(inode);
      }
    }
    if (errno != 0) {
      return false;
    }
  }
  return true;
}

state::SegmentIdentity Collector::Impl::identity_of(const scan::File& file,
                                                    const read::Segment& segment) {
  return {file.identity.device, file.identity.inode, file.identity.owner, segment.claims().uuid};
}

/// Whether the segment's counts are in the totals already: then only its file is left.
bool Collector::Impl::meet_folded(scan::FileId id, const read::Segment& segment) {
  const scan::File& file = *scanner_.find(id);
  const auto found = folded_before_.find({file.identity.device, file.identity.inode});
  if (found == folded_before_.end()) {
    return false;
  }
  const state::SegmentIdentity identity = found->second;
  folded_before_.erase(found);
  if (identity != identity_of(file, segment)) {
    forgotten_.push_back(identity);  // The inode is another file's now: that one is gone.
    return false;
  }
  if (segment_lock_state(file.fd.get()) == LockState::free) {
    keep_or_forget(id, identity);
  } else {
    scanner_.ignore(id);  // Quarantined: its process lives.
    quarantined_[id] = {{}, "by the agent before this one", segment.claims()};
    kept_[id] = identity;
  }
  return true;
}

/// Whether the segment ended before a baseline that is still to be made: what it has counted is not
/// part of what comes. It may go at once, for the state is lost until the baseline is stored.
bool Collector::Impl::meet_lost(scan::FileId id, const read::Segment& segment) {
  const scan::File& file = *scanner_.find(id);
  if (!state_lost_ || settled_ || segment_lock_state(file.fd.get()) != LockState::free) {
    return false;
  }
  const state::SegmentIdentity identity = identity_of(file, segment);
  if (!scanner_.remove(id)) {
    bury_later({id, identity, true});  // It stays, and is not to be counted later.
  }
  return true;
}

/// Whatever had the inode before is gone: forgetting it must not take this identity with it.
void Collector::Impl::bury_later(const Burial& burial) {
  const auto same_inode = [&burial](const state::SegmentIdentity& other) {
    return other.device == burial.identity.device && other.inode == burial.identity.inode;
  };
  std::erase_if(gone_, same_inode);
  std::erase_if(forgotten_, same_inode);
  burials_.push_back(burial);
}

/// Makes durable what has changed, then removes the files of what is durable. What fails is tried
/// again at the next occasion: the totals in memory are right all the while, and whoever starts
/// from the state as it is folds the files again that are still there.
void Collector::Impl::commit() {
  if (!settled_) {
    return;  // The first transaction after a loss has the whole baseline.
  }
  state::Changes changes;
  changes.retired = aggregator_.changes();
  const bool baseline_is_due = state_lost_ && !baseline_stored_;  // Be it of nothing.
  if (changes.retired.empty() && burials_.empty() && forgotten_.empty() && !baseline_is_due) {
    return;
  }
  for (const Burial& burial : burials_) {
    changes.folded.push_back(burial.identity);
  }
  changes.forgotten = forgotten_;
  changes.losses = retired_losses_;
  if (config_.store) {
    if (const auto done = config_.store->commit(changes); !done) {
      ++commit_failures_;
      if (!std::exchange(commit_failing_, true)) {
        warn("the state cannot be written, dead segments stay where they are until it can: " +
             done.error().message);
      }
      return;
    }
    ++commits_;
    baseline_stored_ = true;
    if (std::exchange(commit_failing_, false)) {
      warn("the state can be written again");
    }
  }
  aggregator_.saved();
  forgotten_.clear();
  for (const Burial& burial : std::exchange(burials_, {})) {
    finish(burial);
  }
}

void Collector::Impl::finish(const Burial& burial) {
  if (burial.quarantined) {
    scanner_.ignore(burial.id);
    kept_[burial.id] = burial.identity;
  } else {
    keep_or_forget(burial.id, burial.identity);
  }
}

void Collector::Impl::keep_or_forget(scan::FileId id, const state::SegmentIdentity& identity) {
  if (scanner_.remove(id)) {
    gone_.push_back(identity);
  } else {
    kept_[id] = identity;
  }
}

/// A scan has ended: what was gone before it began can be found by nobody any more.
void Collector::Impl::forget_gone() {
  for (const state::SegmentIdentity& identity : std::exchange(gone_, {})) {
    forgotten_.push_back(identity);
  }
  for (auto kept = kept_.begin(); kept != kept_.end();) {
    if (scanner_.find(kept->first) == nullptr) {
      gone_.push_back(kept->second);
      kept = kept_.erase(kept);
    } else {
      ++kept;
    }
  }
}

}  // namespace shmx
