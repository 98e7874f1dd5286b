// What a request must not be: the rules of the OTLP data model, taken strictly.
// https://opentelemetry.io/docs/specs/otel/metrics/data-model
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_FAULTS_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_FAULTS_H

#include <string>
#include <vector>

#include "tests/agent/push/receiver/points.h"

namespace shmx::testing {

/// One sentence for each fault of a request taken by itself.
std::vector<std::string> faults_of(const Request& request);

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_FAULTS_H
