// What becomes of a file that was admitted: refused, ignored, removed, forgotten.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "agent/scan/scanner.h"

namespace shmx::scan {

const File* Scanner::find(FileId id) const {
  const auto found = files_.find(id);
  return found == files_.end() ? nullptr : &found->second;
}

/// Where the file's directory is remembered; null when its names are not looked for any more.
Scanner::Place* Scanner::home_of(const File& file) noexcept {
  if (Place& place = places_[file.place]; place.directory == file.directory) {
    return &place;
  }
  const auto found = std::find_if(former_.begin(), former_.end(), [&file](const Place& place) {
    return place.directory == file.directory;
  });
  return found == former_.end() ? nullptr : &*found;
}

void Scanner::unname(FileId id, const File& file) {
  Place* const place = home_of(file);
  if (place == nullptr) {
    return;
  }
  // The name may be another file's by now.
  if (const auto named = place->files.find(file.name);
      named != place->files.end() && named->second == id) {
    place->files.erase(named);
  }
}

void Scanner::hold(const File& file) {
  if (file.found_dead) {
    ++dead_held_[places_[file.place].share];
  }
  if (file.takes_room) {
    budget_.take({file.found_in, file.identity.owner});
  }
}

void Scanner::let_go(const File& file) {
  if (file.found_dead) {
    let_go_dead(file);
  }
  if (!file.takes_room) {
    return;
  }
  budget_.give_back({file.found_in, file.identity.owner});
  for (Place& place : places_) {
    // There is room again for one that was refused.
    place.must_list =
        place.must_list || place.crowded ||
        (place.index == file.found_in && place.crowded_owners.contains(file.identity.owner));
  }
}

void Scanner::let_go_dead(const File& file) {
  --dead_held_[places_[file.place].share];
  const auto waits = [](const Place& place) { return !place.waiting.empty(); };
  if (std::any_of(places_.begin(), places_.end(), waits) ||
      std::any_of(former_.begin(), former_.end(), waits)) {
    watcher_.wake();
  }
}

void Scanner::refuse(FileId id, std::string_view reason, const std::string& detail) {
  const File& file = files_.at(id);
  // In a directory that has been replaced since, nobody will look for the name again.
  if (Place* const place = home_of(file); place != nullptr) {
    place->refused.put(file.name, file.identity.inode, false);
    name_refused(*place, file.name, file.identity, reason, detail);
  }
  if (!file.refused_before) {
    count_refused(places_[file.place], file.name, file.identity, reason, detail);
  }
  forget(id);
}

void Scanner::ignore(FileId id) {
  File& file = files_.at(id);
  file.ignored = true;
  if (file.found_dead) {
    // It may stay for long: the others that are dead must not wait for it.
    let_go_dead(file);
    file.found_dead = false;
  }
  if (!file.takes_room) {
    file.takes_room = true;
    budget_.take({file.found_in, file.identity.owner});
  }
}

bool Scanner::remove(FileId id) {
  File& file = files_.at(id);
  const bool unlinked = file.directory->unlink_if_same(file.name, file.identity);
  const int code = errno;
  struct stat now {};
  if (::fstat(file.fd.get(), &now) == 0 && now.st_nlink == 0) {
    forget(id);
    return true;
  }
  unlink_failures_ += unlinked ? 0 : 1;
  if (!unlinked && !file.ignored && unlink_failures_ <= kMaxUnlinkWarnings) {
    warn("unlink " + places_[file.place].path_of(file.name) + ": " + std::strerror(code) +
         "; its counts are kept once, the file can be removed by hand");
  }
  ignore(id);
  return false;
}

void Scanner::forget(FileId id) {
  const auto found = files_.find(id);
  const File& file = found->second;
  unname(id, file);
  let_go(file);
  by_inode_.erase({file.identity.device, file.identity.inode});
  files_.erase(found);
}

void Scanner::forget_ignored() {
  std::vector<FileId> ignored;
  for (const auto& [id, file] : files_) {
    if (file.ignored) {
      ignored.push_back(id);
    }
  }
  for (const FileId id : ignored) {
    struct stat now {};
    const File& file = files_.at(id);
    if (::fstat(file.fd.get(), &now) != 0) {
      continue;
    }
    if (now.st_nlink == 0) {
      forget(id);
    } else if (segment_lock_state(file.fd.get()) == LockState::free) {
      remove(id);
    }
  }
}

}  // namespace shmx::scan
