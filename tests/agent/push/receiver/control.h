// A receiver told by JSON, one value a line: for tests in other languages. Every line is answered
// by one.
//   {"do": "script", "behaviour": B}   the next request that nothing is scripted for
//   {"do": "usually", "behaviour": B}  when nothing is scripted
//   {"do": "release"}                  answers what waits
//   {"do": "down"}, {"do": "up"}       closes all, and listens again on the same ports
//   {"do": "wait", "requests": N, "at_most_ms": M}  until so many requests have arrived in all
//   {"do": "wait_until_held", "at_most_ms": M}      until one waits for its release
//   {"do": "counts"}                   requests, connections, points, repeats
//   {"do": "violations"}               a list of sentences, and "gaps"
//   {"do": "total", "metric": "x", "attributes": {}, "resource": {}}  as Ledger::total()
//   {"do": "streams", "metric": "x"}   every stream of that metric, of all without it
//   {"do": "arrivals"}                 path, headers, body_bytes and gzip of the last requests
// B: {"status": N, "message": "", "rejected_points": N, "retry_info_ms": N, "headers": {},
//     "body": "", "close": "before_reading|after_reading|after_recording|after_answer",
//     "answer": "when_released|never"}, each of them optional.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_CONTROL_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_CONTROL_H

#include <string>

#include "tests/agent/push/receiver/receiver.h"

namespace shmx::testing {

/// Where the receiver listens: {"http": URL, "grpc": URL}.
std::string urls_of(const Receiver& receiver);

/// Does what the line asks for, and returns the answer: {"error": ...} when it cannot.
std::string obey(Receiver& receiver, const std::string& line);

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_CONTROL_H
