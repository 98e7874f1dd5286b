// The calls under way: how many there may be, who is told of their ends, and the wait for the last.
#ifndef SHM_EXPORTER_AGENT_FEED_CALLS_H
#define SHM_EXPORTER_AGENT_FEED_CALLS_H

#include <grpcpp/support/status.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "agent/feed/server.h"

namespace shmx::feed {

enum class Method { get, subscribe };

/// Thread-safe.
class Calls {
 public:
  /// At most so many calls of each method hold a place. `hooks` outlives this.
  Calls(std::size_t places, const Hooks& hooks) : places_(places), hooks_(hooks) {}

  /// A call begins.
  void enter();

  /// Whether there was a place left for it; if not, it is to be refused.
  bool take_place(Method method);

  /// A call ends, and gives back the place that it has.
  void leave(Method method, bool has_place, grpc::StatusCode code);

  /// Returns when all have left.
  void wait_until_none();

  std::size_t places() const noexcept { return places_; }

 private:
  std::size_t& held(Method method) { return held_.at(static_cast<std::size_t>(method)); }
  void tell_subscribers(Method method);

  const std::size_t places_;
  const Hooks& hooks_;
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t under_way_ = 0;          // guarded by mutex_, as is:
  std::array<std::size_t, 2> held_{};  ///< places, by method
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_CALLS_H
