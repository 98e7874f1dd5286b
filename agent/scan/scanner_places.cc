// Directories that come and go, are watched and are listed.
#include <absl/strings/string_view.h>

#include <cerrno>
#include <cstring>

#include "agent/scan/scanner.h"

namespace shmx::scan {

void Scanner::check(Place& place) {
  if (place.directory != nullptr) {
    const PathState state = place.directory->compare(place.path);
    // A path that cannot be followed for now says nothing about the directory behind it.
    if (state == PathState::same || state == PathState::unusable) {
      if (place.watch < 0 && !place.events.resting(config_.now())) {
        watch(place);
      }
      return;
    }
    warn("segment directory " + place.path +
         (state == PathState::missing ? " is gone" : " was replaced") +
         "; its known segments are still read");
    close(place);
  }
  open(place);
}

void Scanner::open(Place& place) {
  place.directory = OpenDirectory::open(place.path);
  if (place.directory == nullptr) {
    const int code = errno;
    const bool absent = code == ENOENT || code == ENOTDIR;
    const std::string problem =
        absent ? "" : "open directory " + place.path + ": " + std::strerror(code);
    if (problem != place.problem && !absent) {
      warn(problem);
    }
    own_failures_ += is_own_failure(code) ? 1 : 0;
    place.problem = problem;
    return;
  }
  place.problem.clear();
  watch(place);
}

void Scanner::watch(Place& place) {
  if (!watcher_.works()) {
    return;
  }
  place.watch = watcher_.add(place.path);
  // What happened before it was watched, no event tells.
  place.must_list = true;
  if (place.watch >= 0) {
    place.watch_failed = false;
    return;
  }
  place.events.rest(config_.now());
  if (!place.watch_failed) {
    place.watch_failed = true;
    warn("inotify_add_watch " + place.path + ": " + std::strerror(errno) +
         "; its new segments are found by listing it (raise fs.inotify.max_user_watches)");
  }
}

/// Too many events: for a while the directory is only listed.
void Scanner::rest(Place& place) {
  watcher_.remove(place.watch);
  place.watch = -1;
  place.must_list = true;
}

/// What is in a directory that its path has left is not lost by that, as far as it can be found.
void Scanner::close(Place& place) {
  if (scanned_) {
    list(place, false);
  }
  if (place.watch >= 0) {
    watcher_.remove(place.watch);
  }
  Place next;
  next.path = place.path;
  next.index = place.index;
  next.share = place.share;
  Place former = std::exchange(place, std::move(next));
  former.problem.clear();
  if (!former.pending.empty() || !former.waiting.empty()) {
    former_.push_back(std::move(former));
  }
}

/// Whether a listed name is one to be looked at.
bool Scanner::is_news(Place& place, std::string_view name, std::uint64_t inode,
                      bool with_newborns) {
  if (name.front() == '.') {
    return with_newborns && is_newborn_name(name);
  }
  if (const auto known = place.files.find(absl::string_view(name.data(), name.size()));
      known != place.files.end()) {
    const File* const file = find(known->second);
    if (file != nullptr && file->identity.inode == inode) {
      return false;
    }
  }
  return !place.refused.settles(name, inode) && !place.waiting.contains(name);
}

void Scanner::list(Place& place, bool with_newborns) {
  const Instant begin = config_.now();
  const auto wanted = [&](std::string_view name, std::uint64_t inode) {
    return is_news(place, name, inode, with_newborns);
  };
  place.refused.begin_listing();
  std::vector<Entry> entries;
  if (!place.directory->list(wanted, entries)) {
    place.problem = "list directory " + place.path + ": " + std::strerror(errno);
    own_failures_ += is_own_failure(errno) ? 1 : 0;
    return;
  }
  const bool first = !place.listed;
  place.problem.clear();
  place.listed = true;
  place.must_list = false;
  place.left_out = false;
  place.crowded = false;
  place.crowded_owners.clear();
  absl::flat_hash_map<std::uint64_t, std::uint64_t> unlocked;
  for (const Entry& entry : entries) {
    if (entry.name.front() == '.') {
      consider_newborn(place, entry.name, unlocked);
    } else {
      consider(place, entry.name, Cause::listed);
    }
  }
  place.refused.end_listing();
  // What is gone, or admitted by now, makes room for others.
  std::erase_if(place.named, [&place](const auto& known) {
    return !place.refused.contains(known.first, known.second.identity.inode);
  });
  if (first || place.more_behind) {
    place.behind = place.waiting.size();
    place.more_behind = place.left_out;
  }
  if (with_newborns) {
    place.newborns = std::move(unlocked);
  }
  place.listings.worked(begin, config_.now());
}

void Scanner::list_if_due(Place& place) {
  const bool wanted = !place.listed || place.must_list || place.watch < 0;
  const bool due = place.listings.is_due(config_.now());
  if (scanned_ && (!place.problem.empty() || (wanted && due))) {
    list(place, false);
  }
}

}  // namespace shmx::scan
