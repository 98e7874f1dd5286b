// How a request reaches a receiver: one protocol each behind one interface, which knows the
// protocol's words and none of the rules of delivery (see delivery.h for those).
#ifndef SHM_EXPORTER_AGENT_PUSH_TRANSPORT_H
#define SHM_EXPORTER_AGENT_PUSH_TRANSPORT_H

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/push/options.h"
#include "shm/result.h"

namespace shmx::push {

/// What became of a request.
struct Reply {
  enum class Kind {
    accepted,  ///< perhaps but for rejected_points
    retry,     ///< the standard says that the same request may be sent again
    refused,   ///< it may not
  };
  Kind kind = Kind::retry;
  std::int64_t rejected_points = 0;  ///< of the partial success
  std::size_t sent_bytes = 0;        ///< of the request as it went out, compressed
  std::string message{};  ///< for people: the status, the receiver's words, or what failed
  /// Not before this has passed (Retry-After, RetryInfo).
  std::optional<std::chrono::milliseconds> wait{};
};

class Transport {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~Transport() = default;

  /// Sends an ExportMetricsServiceRequest and waits for its answer, until `deadline` at most. Never
  /// throws; a failure is a Reply. One call at a time.
  virtual Reply send(std::string_view request, Clock::time_point deadline) = 0;
};

/// For `options.protocol`. An error: a URL, a file or a header that cannot be, with what was
/// expected. `user_agent` as OTel-OTLP-Exporter-….
Result<std::unique_ptr<Transport>> make_transport(const Options& options,
                                                  const std::string& user_agent);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_TRANSPORT_H
