#include "agent/push/acknowledged.h"

#include <utility>

namespace shmx::push {

Result<std::string> Acknowledgements::load() {
  if (loaded_ || !store_.load) {
    loaded_ = true;
    return std::string();
  }
  auto loaded = store_.load();
  if (!loaded) {
    return loaded.error();
  }
  for (model::Acknowledged& series : loaded->series) {
    insert(std::move(series)).known = true;
  }
  loaded_ = true;
  return std::move(loaded->loss);
}

Acknowledgements::Entry* Acknowledgements::find(std::string_view key) {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.get();
}

Acknowledgements::Entry& Acknowledgements::add(std::string key) {
  model::Acknowledged nothing;
  nothing.key = std::move(key);
  return insert(std::move(nothing));
}

Acknowledgements::Entry& Acknowledgements::insert(model::Acknowledged acknowledged) {
  auto made = std::make_unique<Entry>(Entry{std::move(acknowledged)});
  if (changed_.capacity() <= entries_.size()) {
    changed_.reserve(2 * entries_.size() + 1);
  }
  const std::string_view key = made->acknowledged.key;
  return *entries_.emplace(key, std::move(made)).first->second;
}

void Acknowledgements::note_changed(Entry& entry) noexcept {
  if (!entry.changed) {
    entry.changed = true;
    changed_.push_back(&entry);  // add() has made room.
  }
}

void Acknowledgements::remove_absent(std::uint64_t page) {
  failed_.reset();
  std::erase_if(changed_, [page](const Entry* entry) { return entry->page != page; });
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second->page == page) {
      ++entry;
      continue;
    }
    if (entry->second->known && !whole_ && store_.save) {
      removed_.push_back(entry->second->acknowledged.key);
    }
    entry = entries_.erase(entry);
  }
}

Result<bool> Acknowledgements::save() {
  if (failed_) {
    return *failed_;
  }
  if (!store_.save || (changed_.empty() && removed_.empty() && !whole_)) {
    return true;
  }
  model::AcknowledgedChanges changes;
  take_all(changes);
  whole_ = true;  // Until it is known that nothing failed.
  auto saved = store_.save(changes);
  if (saved) {
    whole_ = false;
  } else {
    failed_ = saved.error();
  }
  for (Entry* const entry : changed_) {
    entry->changed = false;
  }
  changed_.clear();
  removed_.clear();
  return saved;
}

void Acknowledgements::take_all(model::AcknowledgedChanges& changes) const {
  changes.whole = whole_;
  if (!whole_) {
    changes.removed = removed_;
    for (const Entry* const entry : changed_) {
      changes.written.push_back(&entry->acknowledged);
    }
    return;
  }
  for (const auto& [key, entry] : entries_) {
    if (entry->known) {
      changes.written.push_back(&entry->acknowledged);
    }
  }
}

}  // namespace shmx::push
