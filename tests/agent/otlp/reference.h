// What an encoding must say, put together from the model with protobuf's classes, plainly and
// slowly: one metric per point, in the order of the messages.
#ifndef SHM_EXPORTER_TESTS_AGENT_OTLP_REFERENCE_H
#define SHM_EXPORTER_TESTS_AGENT_OTLP_REFERENCE_H

#include <span>
#include <string>
#include <vector>

#include "tests/agent/otlp/decoded.h"

namespace shmx::otlp {

/// stream() of each point, for Names::prometheus.
std::vector<std::string> expected_streams(const Options& options,
                                          std::span<const model::Family* const> families,
                                          const Choice& choice);

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_TESTS_AGENT_OTLP_REFERENCE_H
