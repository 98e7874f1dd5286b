// The rare half of the lookup: names seen for the first time, unknown ones, and collisions.
#include "shim/method_table.h"

#include <algorithm>
#include <utility>

#include "shm/registry.h"

namespace shmx {

MethodTable::MethodTable(RpcMetrics& metrics, Names names, Filter filter)
    : metrics_(metrics), names_(names), filter_(std::move(filter)) {}

bool MethodTable::passes(std::string_view full_name) const noexcept {
  if (!filter_) {
    return true;
  }
  try {
    return filter_(full_name);
  } catch (...) {
    return true;
  }
}

const MethodTable::Entry* MethodTable::lookup(std::string_view full_name, RpcType type) const {
  const auto [first, last] = entries_.equal_range(full_name);
  const auto found =
      std::find_if(first, last, [&](const auto& item) { return answers(item.second, type); });
  return found == last ? nullptr : &found->second;
}

const MethodTable::Entry& MethodTable::insert(std::string_view full_name, RpcType type,
                                              bool counted) {
  Entry entry{std::string(full_name), type, counted ? &metrics_.method(full_name, type) : nullptr};
  return entries_.emplace(full_name, std::move(entry))->second;
}

bool MethodTable::add(const std::string& full_name, RpcType type) {
  // The filter is the application's code: not under the lock.
  const bool counted = passes(full_name);
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxMethods || lookup(full_name, type) != nullptr) {
    return false;
  }
  insert(full_name, type, counted);
  return true;
}

RpcMethod* MethodTable::find_registered(std::string_view full_name, RpcType type, Place& place) {
  {
    const std::lock_guard lock(mutex_);
    if (const Entry* const entry = lookup(full_name, type); entry != nullptr) {
      // Release: pairs with the acquire in find().
      place.store(entry, std::memory_order_release);
      return entry->method;
    }
  }
  return find_unknown(full_name, type);
}

RpcMethod* MethodTable::find_any(std::string_view full_name, RpcType type, Place& place) {
  const Entry* entry = nullptr;
  bool full = false;
  {
    const std::lock_guard lock(mutex_);
    entry = lookup(full_name, type);
    full = entries_.size() >= kMaxMethods;
  }
  if (entry == nullptr) {
    const bool counted = passes(full_name);
    if (full) {
      return counted ? &metrics_.unknown(type) : nullptr;
    }
    const std::lock_guard lock(mutex_);
    entry = lookup(full_name, type);
    if (entry == nullptr) {
      entry = &insert(full_name, type, counted);
    }
  }
  // Release: pairs with the acquire in find().
  place.store(entry, std::memory_order_release);
  return entry->method;
}

RpcMethod* MethodTable::find_slow(const char* full_name, RpcType type, Place& place) noexcept {
  try {
    return names_ == Names::registered ? find_registered(full_name, type, place)
                                       : find_any(full_name, type, place);
  } catch (...) {
    return &metrics_.unknown(type);
  }
}

std::vector<RpcMethod*> MethodTable::counted() const {
  std::vector<RpcMethod*> methods;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, entry] : entries_) {
    if (entry.method != nullptr) {
      methods.push_back(entry.method);
    }
  }
  return methods;
}

}  // namespace shmx
