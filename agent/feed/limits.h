// What the feed grants its clients. Every number is here, with its reason; tests choose their own.
#ifndef SHM_EXPORTER_AGENT_FEED_LIMITS_H
#define SHM_EXPORTER_AGENT_FEED_LIMITS_H

#include <chrono>
#include <cstddef>

namespace shmx::feed {

/// As name[] of /metrics allows: more names than a dashboard has, and longer than any metric's.
inline constexpr std::size_t kMaxFilterNames = 256;
inline constexpr std::size_t kMaxFilterNameBytes = 1'024;

struct Limits {
  /// More often, the agent would do little else for one client; a terminal needs no more.
  std::chrono::nanoseconds smallest_interval = std::chrono::seconds(1);

  /// A subscription that says nothing for longer is a Get.
  std::chrono::nanoseconds largest_interval = std::chrono::hours(1);

  /// For requests that name none, as the .proto file says.
  std::chrono::nanoseconds usual_interval = std::chrono::seconds(10);

  /// A request is two lists of names; this is far more than any has, and what a stranger can make
  /// the agent read at once.
  std::size_t request_bytes = std::size_t{64} * 1024;

  /// Protobuf's own limit is 2 GiB; a page of a host that is as large as this needs a filter.
  std::size_t snapshot_bytes = std::size_t{256} << 20;

  /// What calls under way have at the end; as long as a collection takes on a busy host.
  std::chrono::milliseconds stop_grace{1'000};

  /// A connection without a call costs a descriptor; a client that wants one again opens one.
  std::chrono::milliseconds idle{300'000};
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_LIMITS_H
