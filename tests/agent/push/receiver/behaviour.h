// What the test receiver does with one request, besides what the standard asks of it.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_BEHAVIOUR_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_BEHAVIOUR_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shmx::testing {

struct Behaviour {
  /// When the connection is closed without an answer. gRPC has one connection for many requests and
  /// keeps it: its caller sees what it would see then, UNAVAILABLE.
  enum class Close {
    never,
    before_reading,   ///< the request's head has arrived, its body is not read
    after_reading,    ///< and nothing is recorded
    after_recording,  ///< the caller cannot know that its points have arrived
    after_answer,     ///< HTTP: answered as if the connection stayed open
  };
  enum class Answer {
    at_once,
    when_released,  ///< recorded at once, answered when the test says so
    never,
  };

  /// HTTP's or gRPC's code; 0: what the request deserves. Others record nothing.
  int status = 0;
  /// The answer's message; for HTTP its whole body, if `body` is not given.
  std::string message{};
  /// The last so many points are rejected by a partial success.
  std::int64_t rejected_points = 0;
  std::optional<std::chrono::milliseconds> retry_info{};       ///< gRPC
  std::vector<std::pair<std::string, std::string>> headers{};  ///< HTTP: Retry-After, Location
  std::optional<std::string> body{};                           ///< in place of a true answer
  Close close = Close::never;
  Answer answer = Answer::at_once;
  std::string afterwards{};  ///< HTTP: follows the answer unasked, in the same write
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_BEHAVIOUR_H
