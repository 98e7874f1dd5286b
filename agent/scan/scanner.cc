// When what is looked at: inotify's news, rescans, and what they leave for later.
#include "agent/scan/scanner.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <tuple>

namespace shmx::scan {
namespace {

ScannerConfig with_a_share_for_each(ScannerConfig config) {
  config.shares.resize(config.directories.size());
  return config;
}

}  // namespace

Scanner::Scanner(ScannerConfig config)
    : config_(with_a_share_for_each(std::move(config))),
      refusals_(config_.warn),
      budget_(config_.budget, config_.shares),
      dead_held_(std::max<std::size_t>(config_.budget.shares.size(), 1)),
      max_dead_held_(std::max<std::size_t>(kMaxDeadHeld / dead_held_.size(), 1)) {
  const int code = errno;
  for (const FileRefusal reason : kAllFileRefusals) {
    refusals_.declare(to_string(reason));
  }
  for (const std::string& path : config_.directories) {
    Place place;
    place.path = path;
    place.index = places_.size();
    place.share = config_.shares[place.index];
    places_.push_back(std::move(place));
  }
  if (!watcher_.works()) {
    warn(std::string("inotify_init1: ") + std::strerror(code) +
         "; new segments are found by listing the directories (raise "
         "fs.inotify.max_user_instances)");
  }
}

void Scanner::warn(const std::string& line) const {
  if (config_.warn) {
    config_.warn(line);
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
  for (Place& place : places_) {
    place.must_list = place.must_list || news.lost;
  }
}

void Scanner::count_events(const WatchNews& news) {
  const Instant now = config_.now();
  for (Place& place : places_) {
    const auto count =
        std::count_if(news.events.begin(), news.events.end(),
                      [&place](const NameEvent& event) { return event.watch == place.watch; });
    if (place.watch >= 0 && place.events.is_flood(static_cast<std::uint64_t>(count), now)) {
      rest(place);
    }
  }
}

void Scanner::drain() {
  for (Place& place : places_) {
    check(place);
  }
  const WatchNews news = watcher_.take();
  apply(news);
  count_events(news);
  for (Place& place : places_) {
    if (place.directory != nullptr) {
      retry_pending(place);
      list_if_due(place);
    }
  }
  for (Place& place : former_) {
    retry_pending(place);
  }
  take_waiting();
  std::erase_if(former_,
                [](const Place& place) { return place.pending.empty() && place.waiting.empty(); });
}

void Scanner::rescan() {
  scanned_ = true;
  drain();
  for (Place& place : places_) {
    if (place.directory != nullptr) {
      list(place, true);
    }
  }
  take_waiting();
  forget_ignored();
}

bool Scanner::listed() const noexcept {
  const auto pends = [](const Place& place) { return !place.pending.empty(); };
  const auto lacks = [](const Place& place) {
    return !place.problem.empty() || (place.directory != nullptr && !place.listed);
  };
  return scanned_ && std::none_of(places_.begin(), places_.end(), pends) &&
         std::none_of(former_.begin(), former_.end(), pends) &&
         std::none_of(places_.begin(), places_.end(), lacks);
}

bool Scanner::complete() const noexcept {
  return listed() && std::none_of(places_.begin(), places_.end(), [](const Place& place) {
           return place.behind > 0 || place.more_behind;
         });
}

std::string Scanner::problem() const {
  for (const std::vector<Place>* const places : {&places_, &former_}) {
    for (const Place& place : *places) {
      if (!place.problem.empty()) {
        return place.problem;
      }
      if (!place.pending.empty()) {
        return "out of descriptors or memory for " + place.path_of(place.pending.front());
      }
      if (place.behind > 0 || place.more_behind) {
        return std::to_string(place.behind) +
               (place.more_behind ? " dead segments and more" : " dead segments") + " in " +
               place.path + " are still to be counted";
      }
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

std::vector<RefusedNow> Scanner::refused_files() const {
  std::vector<RefusedNow> files;
  for (const Place& place : places_) {
    for (const auto& [name, file] : place.named) {
      if (place.refused.contains(name, file.identity.inode)) {
        files.push_back(file);
      }
    }
  }
  return files;
}

std::uint64_t Scanner::pending() const noexcept {
  std::uint64_t count = 0;
  for (const std::vector<Place>* const places : {&places_, &former_}) {
    for (const Place& place : *places) {
      count += place.pending.size() + place.waiting.size();
    }
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
