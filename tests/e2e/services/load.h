// A client load: so many calls, or until it is told to stop, over several targets at random, and
// what they did by its own count.
#ifndef SHM_EXPORTER_TESTS_E2E_SERVICES_LOAD_H
#define SHM_EXPORTER_TESTS_E2E_SERVICES_LOAD_H

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/services/calls.h"

namespace shmx::demo {

struct Target {
  std::string service;
  std::string address;
  std::vector<Call> calls;
};

struct LoadPlan {
  std::vector<Target> targets;  ///< one is chosen at random for each call
  std::uint64_t calls = 0;      ///< in all; 0: until told to stop
  double calls_per_second = 0;  ///< in all; 0: as fast as they are answered
  unsigned threads = 1;
};

/// By target (its index in the plan) and kind of call.
using LoadFacts = std::map<std::pair<std::size_t, CallKind>, CallFacts>;

/// Runs the load in threads of its own; returns when all of its calls have ended.
LoadFacts run_load(const LoadPlan& plan, std::stop_token stop);

}  // namespace shmx::demo

#endif  // SHM_EXPORTER_TESTS_E2E_SERVICES_LOAD_H
