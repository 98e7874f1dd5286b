// What is done with a name: admitted, refused, made to wait, looked at again.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "agent/scan/scanner.h"

namespace shmx::scan {

void Scanner::consider(Place& place, const std::string& name, Cause cause) {
  if (name.front() == '.' || place.waiting.contains(name)) {
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
    meet_own_failure(place, name, failure->code);
  } else {
    place.refused.erase(name);
  }
}

void Scanner::accept(Place& place, const std::string& name, Cause cause, Admitted admitted) {
  const std::pair key{admitted.identity.device, admitted.identity.inode};
  if (const auto known = by_inode_.find(key); known != by_inode_.end()) {
    meet_again(known->second, place, name);
    return;
  }
  if (cause == Cause::created) {
    return;  // Whoever created it under a final name still writes it: closing it says when not.
  }
  const bool dead = segment_lock_state(admitted.fd.get()) == LockState::free;
  if (dead && !has_room_for_dead(place)) {
    make_wait(place, name);
    return;
  }
  // What does not go with its name is held after it was folded, as long as its owner likes.
  const bool stays = !dead || admitted.has_other_names;
  if (stays && !has_room(place, admitted.identity.owner, cause)) {
    refuse_name(place, name, FileRefusal::budget, admitted.identity);
    return;
  }
  File file;
  file.identity = admitted.identity;
  file.fd = std::move(admitted.fd);
  file.directory = place.directory;
  file.name = name;
  file.place = place.index;
  file.found_in = place.index;
  file.found_dead = dead;
  file.takes_room = stays;
  file.refused_before = place.refused.contains(name, file.identity.inode);
  place.refused.erase(name);
  const FileId id = next_id_++;
  place.files[name] = id;
  by_inode_[key] = id;
  hold(file);
  files_.emplace(id, std::move(file));
  appeared_.push_back(id);
}

/// Admission is in the order of a listing, so that an agent that starts anew admits the same ones:
/// a newcomer does not take the room that one before it waits for.
bool Scanner::has_room(Place& place, std::uint32_t owner, Cause cause) {
  const bool overtakes =
      cause != Cause::listed && (place.crowded || place.crowded_owners.contains(owner));
  if (!overtakes && budget_.has_room_for({place.index, owner})) {
    return true;
  }
  place.crowded = place.crowded || !budget_.has_room(place.index);
  place.crowded_owners.insert(owner);
  return false;
}

bool Scanner::has_room_for_dead(const Place& place) const noexcept {
  return dead_held_[place.share] < max_dead_held_ && !budget_.is_overdrawn();
}

void Scanner::make_wait(Place& place, const std::string& name) {
  if (!place.waiting.push(name)) {
    place.left_out = true;
    place.must_list = true;
  }
}

void Scanner::meet_again(FileId id, Place& place, const std::string& name) {
  File& file = files_.at(id);
  if (file.directory == place.directory && file.name == name) {
    return;  // A name that was to be tried again, and has been met since.
  }
  // Nor does a segment change its tenant, wherever its owner may move it to.
  if (file.directory->names(file.name, file.identity) || place.share != places_[file.place].share) {
    refuse_name(place, name, FileRefusal::hard_link, file.identity);
    return;
  }
  unname(id, file);
  file.directory = place.directory;
  file.name = name;
  file.place = place.index;
  place.files[name] = id;
  place.refused.erase(name);
}

void Scanner::meet_own_failure(Place& place, const std::string& name, int code) {
  const bool first = place.pending.empty();
  if (place.pending.contains(name)) {
    return;
  }
  ++own_failures_;
  if (!place.pending.push(name)) {
    place.must_list = true;
    place.listed = false;
  }
  if (first) {
    warn("open " + place.path_of(name) + ": " + std::strerror(code) +
         "; no page is served until it can be read");
  }
}

void Scanner::refuse_name(Place& place, const std::string& name, FileRefusal reason,
                          const Identity& identity) {
  const bool counted = place.refused.contains(name, identity.inode);
  place.refused.put(name, identity.inode, may_change(reason));
  name_refused(place, name, identity, to_string(reason), "");
  if (!counted) {
    count_refused(place, name, identity, to_string(reason), "");
  }
}

void Scanner::count_refused(const Place& place, const std::string& name, const Identity& identity,
                            std::string_view reason, const std::string& detail) {
  refusals_.count(reason, place.path_of(name), detail);
  if (config_.refused && place.refused.contains(name, identity.inode)) {
    config_.refused({reason, place.path_of(name), identity, place.index});
  }
}

void Scanner::name_refused(Place& place, const std::string& name, const Identity& identity,
                           std::string_view reason, const std::string& detail) {
  if (place.named.size() < kMaxNamedRefusals || place.named.contains(name)) {
    place.named[name] = {std::string(reason), detail, name, identity, place.index};
  }
}

void Scanner::retry_pending(Place& place) {
  for (std::size_t left = place.pending.size(); left > 0; --left) {
    // Straight to the file: a name that is pending has been neither admitted nor refused.
    const std::string name = place.pending.pop();
    Admission admission = admit(place.directory->fd(), name, config_.max_segment_bytes);
    if (std::holds_alternative<OwnFailure>(admission)) {
      place.pending.push(name);
    } else if (auto* const admitted = std::get_if<Admitted>(&admission)) {
      accept(place, name, Cause::listed, std::move(*admitted));
    } else if (const auto* const refused = std::get_if<Refused>(&admission)) {
      refuse_name(place, name, refused->reason, refused->identity);
    }
  }
}

void Scanner::take_waiting() {
  for (std::vector<Place>* const places : {&places_, &former_}) {
    for (Place& place : *places) {
      take_waiting(place);
    }
  }
}

void Scanner::take_waiting(Place& place) {
  std::size_t left = kMaxWaitingPerCall;
  for (; left > 0 && !place.waiting.empty() && has_room_for_dead(place); --left) {
    const std::string name = place.waiting.pop();
    place.behind -= std::min<std::size_t>(place.behind, 1);
    consider(place, name, Cause::listed);
  }
  if (left == 0) {
    watcher_.wake();
  }
}

void Scanner::consider_newborn(Place& place, const std::string& name,
                               absl::flat_hash_map<std::uint64_t, std::uint64_t>& unlocked) {
  if (unlocked.size() >= kMaxNewbornsPerRescan) {
    return;  // The next rescan's.
  }
  // A writer locks its newborn at once: unlocked at two rescans means that it died in between.
  // Should it only have been stopped, its rename fails and it starts again.
  const Admission admission = admit(place.directory->fd(), name, config_.max_segment_bytes);
  const auto* const newborn = std::get_if<Admitted>(&admission);
  if (newborn == nullptr || segment_lock_state(newborn->fd.get()) != LockState::free ||
      !is_newborn(newborn->fd)) {
    return;
  }
  const auto before = place.newborns.find(hash_of(name));
  if (before == place.newborns.end() || before->second != newborn->identity.inode) {
    unlocked[hash_of(name)] = newborn->identity.inode;
    return;
  }
  if (place.directory->unlink_if_same(name, newborn->identity)) {
    ++newborns_removed_;
  }
}

}  // namespace shmx::scan
