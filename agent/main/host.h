// What the agent asks its host, its process and its environment: for main alone, which passes it
// on.
#ifndef SHM_EXPORTER_AGENT_MAIN_HOST_H
#define SHM_EXPORTER_AGENT_MAIN_HOST_H

#include <functional>
#include <map>
#include <string>

#include "agent/scan/budget.h"

namespace shmx {

/// The agent keeps one descriptor per live segment: takes as many as the service manager allows.
void raise_descriptor_limit();

/// What live segments may take of the process' descriptors and mappings.
scan::BudgetLimits segment_budget();

/// Names this boot: what a state is true for.
std::string boot_id();

/// What this host is called; empty if the kernel does not say.
std::string host_name();

/// The environment's variables. Of a name that is there twice, the first counts, as for getenv().
std::map<std::string, std::string, std::less<>> environment();

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_HOST_H
