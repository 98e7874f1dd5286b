// What becomes of a name and of a file: admitted, refused, met again, removed, forgotten.
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <variant>

#include "agent/scan/scanner.h"

namespace shmx::scan {
namespace {

std::pair<std::uint64_t, std::uint64_t> key_of(const Identity& identity) {
  return {identity.device, identity.inode};
}

}  // namespace

void Scanner::consider_entry(Place& place, const Entry& entry) {
  if (const auto known = place.files.find(entry.name); known != place.files.end()) {
    const File* const file = find(known->second);
    if (file != nullptr && file->identity.inode == entry.inode) {
      return;
    }
  }
  if (const auto known = place.refused.find(entry.name); known != place.refused.end()) {
    if (known->second.identity.inode == entry.inode && !known->second.may_change) {
      return;
    }
  }
  consider(place, entry.name, Cause::listed);
}

void Scanner::consider(Place& place, const std::string& name, Cause cause) {
  if (name.front() == '.') {
    return;
  }
  if (const auto known = place.files.find(name); known != place.files.end()) {
    const File* const file = find(known->second);
    if (file != nullptr && place.directory->names(name, file->identity)) {
      if (cause == Cause::closed) {
        closed_.push_back(known->second);
      }
      return;
    }
    place.files.erase(known);
  }
  Admission admission = admit(place.directory->fd(), name, config_.max_segment_bytes);
  if (auto* const admitted = std::get_if<Admitted>(&admission)) {
    accept(place, name, cause, std::move(*admitted));
  } else if (const auto* const refused = std::get_if<Refused>(&admission)) {
    refuse_name(place, name, refused->reason, refused->identity);
  } else if (const auto* const failure = std::get_if<OwnFailure>(&admission)) {
    if (place.pending.insert(name).second) {
      ++own_failures_;
      warn("open " + place.path_of(name) + ": " + std::strerror(failure->code) +
           "; no page is served until it can be read");
    }
  } else {
    place.refused.erase(name);
  }
}

void Scanner::accept(Place& place, const std::string& name, Cause cause, Admitted admitted) {
  if (const auto known = by_inode_.find(key_of(admitted.identity)); known != by_inode_.end()) {
    meet_again(known->second, place, name);
    return;
  }
  if (cause == Cause::created) {
    return;  // Whoever created it under a final name still writes it: closing it says when not.
  }
  File file;
  file.identity = admitted.identity;
  file.fd = std::move(admitted.fd);
  file.directory = place.directory;
  file.name = name;
  file.place = static_cast<std::size_t>(&place - places_.data());
  if (const auto refused = place.refused.find(name); refused != place.refused.end()) {
    file.refused_before = refused->second.identity.same_file(file.identity);
    place.refused.erase(refused);
  }
  const FileId id = next_id_++;
  place.files[name] = id;
  by_inode_[key_of(file.identity)] = id;
  files_.emplace(id, std::move(file));
  appeared_.push_back(id);
}

void Scanner::meet_again(FileId id, Place& place, const std::string& name) {
  File& file = files_.at(id);
  if (file.directory->names(file.name, file.identity)) {
    refuse_name(place, name, FileRefusal::hard_link, file.identity);
    return;
  }
  places_[file.place].files.erase(file.name);
  file.directory = place.directory;
  file.name = name;
  file.place = static_cast<std::size_t>(&place - places_.data());
  place.files[name] = id;
  place.refused.erase(name);
}

void Scanner::refuse_name(Place& place, const std::string& name, FileRefusal reason,
                          const Identity& identity) {
  const auto known = place.refused.find(name);
  const bool counted = known != place.refused.end() && known->second.identity.same_file(identity);
  note_refusal(place, name, to_string(reason), {identity, may_change(reason)}, counted, "");
}

void Scanner::note_refusal(Place& place, const std::string& name, std::string_view reason,
                           const RefusedName& refused, bool counted, const std::string& detail) {
  place.refused.insert_or_assign(name, refused);
  if (!counted) {
    refusals_.count(reason, place.path_of(name), detail);
  }
}

void Scanner::retry_pending(Place& place) {
  for (const std::string& name : std::exchange(place.pending, {})) {
    // Straight to the file: a name that is pending has been neither admitted nor refused.
    Admission admission = admit(place.directory->fd(), name, config_.max_segment_bytes);
    if (std::holds_alternative<OwnFailure>(admission)) {
      place.pending.insert(name);
    } else if (auto* const admitted = std::get_if<Admitted>(&admission)) {
      accept(place, name, Cause::listed, std::move(*admitted));
    } else if (const auto* const refused = std::get_if<Refused>(&admission)) {
      refuse_name(place, name, refused->reason, refused->identity);
    }
  }
}

void Scanner::consider_newborn(Place& place, const std::string& name,
                               absl::flat_hash_map<std::string, std::uint64_t>& unlocked) {
  // A writer locks its newborn at once: unlocked at two rescans means that it died in between.
  // Should it only have been stopped, its rename fails and it starts again.
  const Admission admission = admit(place.directory->fd(), name, config_.max_segment_bytes);
  const auto* const newborn = std::get_if<Admitted>(&admission);
  if (newborn == nullptr || segment_lock_state(newborn->fd.get()) != LockState::free) {
    return;
  }
  const auto before = place.newborns.find(name);
  if (before == place.newborns.end() || before->second != newborn->identity.inode) {
    unlocked[name] = newborn->identity.inode;
    return;
  }
  if (place.directory->unlink_if_same(name, newborn->identity)) {
    ++newborns_removed_;
  }
}

const File* Scanner::find(FileId id) const {
  const auto found = files_.find(id);
  return found == files_.end() ? nullptr : &found->second;
}

void Scanner::refuse(FileId id, std::string_view reason, const std::string& detail) {
  const File& file = files_.at(id);
  Place& place = places_[file.place];
  // In a directory that has been replaced since, nobody will look for the name again.
  if (place.directory == file.directory) {
    note_refusal(place, file.name, reason, {file.identity, false}, file.refused_before, detail);
  } else if (!file.refused_before) {
    refusals_.count(reason, place.path_of(file.name), detail);
  }
  forget(id);
}

void Scanner::ignore(FileId id) {
  files_.at(id).ignored = true;
}

bool Scanner::remove(FileId id) {
  File& file = files_.at(id);
  const bool unlinked = file.directory->unlink_if_same(file.name, file.identity);
  struct stat now {};
  if (::fstat(file.fd.get(), &now) == 0 && now.st_nlink == 0) {
    forget(id);
    return true;
  }
  unlink_failures_ += unlinked ? 0 : 1;
  if (!unlinked && !file.ignored) {
    warn("unlink " + places_[file.place].path_of(file.name) + ": " + std::strerror(errno) +
         "; its counts are kept once, the file can be removed by hand");
  }
  file.ignored = true;
  return false;
}

void Scanner::forget(FileId id) {
  const auto found = files_.find(id);
  Place& place = places_[found->second.place];
  if (const auto named = place.files.find(found->second.name);
      named != place.files.end() && named->second == id) {
    place.files.erase(named);
  }
  by_inode_.erase(key_of(found->second.identity));
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
