// The rules of delivery: which answer means what, when a message is sent again and when a push is
// given up (https://opentelemetry.io/docs/specs/otlp). Knows neither protocols nor threads; time is
// passed in, so that tests need none of it.
#ifndef SHM_EXPORTER_AGENT_PUSH_DELIVERY_H
#define SHM_EXPORTER_AGENT_PUSH_DELIVERY_H

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "agent/otlp/encoder.h"
#include "agent/push/report.h"
#include "agent/push/transport.h"

namespace shmx::push {

struct Pace {
  std::function<Transport::Clock::time_point()> now;
  /// Waits until then; false when the agent stops: the push is to be given up.
  std::function<bool(Transport::Clock::time_point until)> wait;
  std::function<bool()> stopping;  ///< what wait() would say, at once
  std::function<double()> random;  ///< 0 to 1
};

struct Delivered {
  Report report;
  std::string trouble;  ///< the last of it, as a sentence for an operator; empty: all is well
};

class Delivery {
 public:
  using Next = std::function<std::optional<otlp::Message>()>;
  using Accepted = std::function<void(const otlp::Message&)>;

  /// `transport` outlives this. `timeout` is of one request.
  Delivery(Transport& transport, std::chrono::milliseconds timeout, Pace pace);

  /// One push: sends message by message, until `end` at most. `accepted` is called for each message
  /// that the receiver has, before the next is asked for. What is not sent in time is given up with
  /// all that would follow: the next push carries it.
  Delivered deliver(const Next& next, const Accepted& accepted, Transport::Clock::time_point end);

 private:
  enum class Fate { accepted, refused, given_up };
  Fate send(const otlp::Message& message, Transport::Clock::time_point end, Delivered& delivered);
  bool wait_to_retry(std::chrono::milliseconds pause, Transport::Clock::time_point end);

  Transport& transport_;
  std::chrono::milliseconds timeout_;
  Pace pace_;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_DELIVERY_H
