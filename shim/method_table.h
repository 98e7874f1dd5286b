// From the name that gRPC gives an interceptor to the method that is counted, for one server or
// channel. Names are pointers that gRPC reuses, so the pointer only says where to look, and the
// bytes decide. Methods that the application's filter refuses are remembered as refused.
#ifndef SHM_EXPORTER_SHIM_METHOD_TABLE_H
#define SHM_EXPORTER_SHIM_METHOD_TABLE_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "shim/rpc_metrics.h"

namespace shmx {

class MethodTable {
 public:
  using Filter = std::function<bool(std::string_view)>;

  enum class Names {
    registered,  ///< a server's: what was not added is unknown, for it is what the peer asked for
    any          ///< a client's: the application's own calls
  };

  MethodTable(RpcMetrics& metrics, Names names, Filter filter);
  MethodTable(const MethodTable&) = delete;
  MethodTable& operator=(const MethodTable&) = delete;

  /// Makes a name known. False when it was already, as whatever type. May throw std::bad_alloc.
  bool add(const std::string& full_name, RpcType type);

  /// The method to count the call under, null when it shall not be counted. `type` is the call's.
  RpcMethod* find(const char* full_name, RpcType type) noexcept {
    if (full_name == nullptr) [[unlikely]] {
      return &metrics_.unknown(type);
    }
    std::atomic<const Entry*>& place = places_[place_of(full_name, type)];
    // Acquire: pairs with the release in remember(), so that the entry is seen complete.
    const Entry* const entry = place.load(std::memory_order_acquire);
    if (entry != nullptr && answers(*entry, type) &&
        std::strcmp(entry->full_name.c_str(), full_name) == 0) [[likely]] {
      return entry->method;
    }
    return find_slow(full_name, type, place);
  }

  /// What a call is counted under that nobody serves, whatever its name; null when a method of that
  /// name shall not be counted.
  RpcMethod* find_unknown(std::string_view full_name, RpcType type) const noexcept {
    return passes(full_name) ? &metrics_.unknown(type) : nullptr;
  }

  /// All methods that are known and counted. May throw std::bad_alloc.
  std::vector<RpcMethod*> counted() const;

 private:
  struct Entry {
    std::string full_name;
    RpcType type;
    RpcMethod* method;  ///< null: not counted
  };
  /// A power of two; methods whose names collide are found in the map instead.
  static constexpr std::size_t kPlaces = 256;
  using Place = std::atomic<const Entry*>;

  static std::size_t place_of(const char* name, RpcType type) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(name);
    return ((address ^ (address >> 8)) + static_cast<std::size_t>(type)) % kPlaces;
  }

  // A registered method has one type, that which it was registered with.
  bool answers(const Entry& entry, RpcType type) const noexcept {
    return names_ == Names::registered || entry.type == type;
  }

  bool passes(std::string_view full_name) const noexcept;
  RpcMethod* find_slow(const char* full_name, RpcType type, Place& place) noexcept;
  RpcMethod* find_registered(std::string_view full_name, RpcType type, Place& place);
  RpcMethod* find_any(std::string_view full_name, RpcType type, Place& place);
  const Entry* lookup(std::string_view full_name, RpcType type) const;
  const Entry& insert(std::string_view full_name, RpcType type, bool counted);

  RpcMetrics& metrics_;
  const Names names_;
  const Filter filter_;
  std::array<Place, kPlaces> places_{};
  mutable std::mutex mutex_;
  std::multimap<std::string, Entry, std::less<>> entries_;  ///< nodes stay where they are
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_METHOD_TABLE_H
