// When what is looked at: inotify's news, listings, and the directories that come and go. What is
// done with a name is in scanner_names.cc.
#include "agent/scan/scanner.h"

#include <cerrno>
#include <cstring>
#include <tuple>

namespace shmx::scan {
Scanner::Scanner(ScannerConfig config) : config_(std::move(config)), refusals_(config_.warn) {
  for (const FileRefusal reason : kAllFileRefusals) {
    refusals_.declare(to_string(reason));
  }
  for (const std::string& path : config_.directories) {
    places_.emplace_back().path = path;
  }
  if (watcher_.fd() < 0) {
    warn(std::string("inotify_init1: ") + std::strerror(errno) +
         "; new segments are found by listing the directories (raise "
         "fs.inotify.max_user_instances)");
  }
}

void Scanner::warn(const std::string& line) const {
  if (config_.warn) {
    config_.warn(line);
  }
}

void Scanner::check(Place& place) {
  if (place.directory != nullptr) {
    const PathState state = place.directory->compare(place.path);
    // A path that cannot be followed for now says nothing about the directory behind it.
    if (state == PathState::same || state == PathState::unusable) {
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
  if (watcher_.fd() < 0) {
    return;
  }
  place.watch = watcher_.add(place.path);
  if (place.watch < 0) {
    warn("inotify_add_watch " + place.path + ": " + std::strerror(errno) +
         "; its new segments are found by listing it (raise fs.inotify.max_user_watches)");
  }
}

void Scanner::close(Place& place) {
  if (place.watch >= 0) {
    watcher_.remove(place.watch);
  }
  std::string path = std::move(place.path);
  place = Place{};
  place.path = std::move(path);
}

void Scanner::list(Place& place, bool with_newborns) {
  std::vector<Entry> entries;
  if (!place.directory->list(entries)) {
    place.problem = "list directory " + place.path + ": " + std::strerror(errno);
    own_failures_ += is_own_failure(errno) ? 1 : 0;
    return;
  }
  place.problem.clear();
  place.listed = true;
  absl::flat_hash_map<std::string, RefusedName> still_refused;
  absl::flat_hash_map<std::string, std::uint64_t> unlocked;
  for (const Entry& entry : entries) {
    if (with_newborns && is_newborn_name(entry.name)) {
      consider_newborn(place, entry.name, unlocked);
    }
    consider_entry(place, entry);
    if (const auto refused = place.refused.find(entry.name); refused != place.refused.end()) {
      still_refused.insert(*refused);
    }
  }
  place.refused = std::move(still_refused);
  if (with_newborns) {
    place.newborns = std::move(unlocked);
  }
}

Scanner::Cause Scanner::cause_of(NameEvent::What what) noexcept {
  switch (what) {
    case NameEvent::What::created:
      return Cause::created;
    case NameEvent::What::closed:
      return Cause::closed;
    default:
      return Cause::renamed;
  }
}

Scanner::Place* Scanner::place_of(int watch) noexcept {
  for (Place& place : places_) {
    if (place.watch == watch && place.directory != nullptr) {
      return &place;
    }
  }
  return nullptr;
}

void Scanner::apply(const WatchNews& news) {
  // Removed names first: what happened to a name before does not matter, only what it is now.
  for (const NameEvent& event : news.events) {
    Place* const place = place_of(event.watch);
    if (place != nullptr && event.what == NameEvent::What::vanished) {
      place->refused.erase(event.name);
    }
  }
  std::set<std::tuple<int, NameEvent::What, std::string_view>> seen;
  for (const NameEvent& event : news.events) {
    Place* const place = place_of(event.watch);
    if (place != nullptr && event.what != NameEvent::What::vanished &&
        seen.emplace(event.watch, event.what, event.name).second) {
      consider(*place, event.name, cause_of(event.what));
    }
  }
}

void Scanner::drain() {
  for (Place& place : places_) {
    check(place);
  }
  const WatchNews news = watcher_.take();
  apply(news);
  for (Place& place : places_) {
    if (place.directory == nullptr) {
      continue;
    }
    retry_pending(place);
    const bool must_list = !place.listed || !place.problem.empty() || place.watch < 0 || news.lost;
    if (scanned_ && must_list) {
      list(place, false);
    }
  }
}

void Scanner::rescan() {
  scanned_ = true;
  drain();
  for (Place& place : places_) {
    if (place.directory != nullptr) {
      list(place, true);
    }
  }
  forget_ignored();
}

bool Scanner::complete() const noexcept {
  for (const Place& place : places_) {
    if (!place.problem.empty() || !place.pending.empty() ||
        (place.directory != nullptr && !place.listed)) {
      return false;
    }
  }
  return scanned_;
}

std::string Scanner::problem() const {
  for (const Place& place : places_) {
    if (!place.problem.empty()) {
      return place.problem;
    }
    if (!place.pending.empty()) {
      return "out of descriptors or memory for " + place.path_of(*place.pending.begin());
    }
  }
  return scanned_ ? "a segment directory is not listed yet" : "the first scan is not done yet";
}

std::uint64_t Scanner::refused_now() const noexcept {
  std::uint64_t count = 0;
  for (const Place& place : places_) {
    count += place.refused.size();
  }
  return count;
}

std::uint64_t Scanner::pending() const noexcept {
  std::uint64_t count = 0;
  for (const Place& place : places_) {
    count += place.pending.size();
  }
  return count;
}

std::vector<DirectoryStatus> Scanner::directories() const {
  std::vector<DirectoryStatus> statuses;
  for (const Place& place : places_) {
    statuses.push_back({place.path, place.directory != nullptr});
  }
  return statuses;
}

}  // namespace shmx::scan
