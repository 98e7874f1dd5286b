#include "agent/push/delivery.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "agent/push/backoff.h"

namespace shmx::push {
namespace {

/// Counts an accepted message, and says what the receiver has to say about it. Without numbers: the
/// same trouble is the same sentence.
void take_accepted(const otlp::Message& message, const Reply& reply, Delivered& delivered) {
  const std::uint64_t points = message.points.size();
  const std::uint64_t rejected = std::min(
      points, static_cast<std::uint64_t>(std::max<std::int64_t>(reply.rejected_points, 0)));
  delivered.report.points_accepted += points - rejected;
  delivered.report.points_rejected += rejected;
  if (!delivered.trouble.empty()) {
    return;  // Of an earlier message, and graver or the same.
  }
  if (rejected > 0) {
    delivered.trouble = "OTLP push: the receiver rejected points: " + reply.message;
  } else if (!reply.message.empty()) {
    delivered.trouble = "OTLP push: the receiver accepted, and says: " + reply.message;
  }
}

}  // namespace

Delivery::Delivery(Transport& transport, std::chrono::milliseconds timeout, Pace pace)
    : transport_(transport), timeout_(timeout), pace_(std::move(pace)) {}

Delivered Delivery::deliver(const Next& next, const Accepted& accepted,
                            Transport::Clock::time_point end) {
  Delivered delivered;
  while (const std::optional<otlp::Message> message = next()) {
    switch (send(*message, end, delivered)) {
      case Fate::accepted:
        accepted(*message);
        break;
      case Fate::refused:
        delivered.report.outcome = Report::Outcome::refused;
        break;
      case Fate::given_up:
        // A refusal before is the graver: nothing but an operator ends it.
        if (delivered.report.outcome == Report::Outcome::accepted) {
          delivered.report.outcome = Report::Outcome::failed;
        }
        return delivered;
    }
  }
  return delivered;
}

Delivery::Fate Delivery::send(const otlp::Message& message, Transport::Clock::time_point end,
                              Delivered& delivered) {
  Backoff backoff(pace_.random);
  Report& report = delivered.report;
  std::string failure = "the time for a push was over";
  for (bool first = true; !pace_.stopping() && pace_.now() < end; first = false) {
    Reply reply = transport_.send(message.bytes, std::min(pace_.now() + timeout_, end));
    ++report.requests;
    report.retries += first ? 0 : 1;
    report.sent_bytes += reply.sent_bytes;
    if (reply.kind == Reply::Kind::accepted) {
      take_accepted(message, reply, delivered);
      return Fate::accepted;
    }
    if (reply.kind == Reply::Kind::refused) {
      delivered.trouble = "OTLP push: the receiver refused a request for good: " + reply.message;
      return Fate::refused;
    }
    failure = std::move(reply.message);
    const auto asked = reply.wait.value_or(std::chrono::milliseconds::zero());
    if (!wait_to_retry(std::max(backoff.next(), asked), end)) {
      break;
    }
  }
  // An operator who stops the agent need not be told.
  if (!pace_.stopping()) {
    delivered.trouble = "OTLP push failed, the next one carries it: " + failure;
  }
  return Fate::given_up;
}

/// False: the push is over by then, so there is nothing to wait for.
bool Delivery::wait_to_retry(std::chrono::milliseconds pause, Transport::Clock::time_point end) {
  const auto now = pace_.now();
  // In milliseconds: a receiver may ask for more than fits nanoseconds.
  return pause < std::chrono::duration_cast<std::chrono::milliseconds>(end - now) &&
         pace_.wait(now + pause);
}

}  // namespace shmx::push
