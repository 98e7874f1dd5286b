// What is given to the audit log: plain values.
#ifndef SHM_EXPORTER_AGENT_AUDIT_EVENT_H
#define SHM_EXPORTER_AGENT_AUDIT_EVENT_H

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace shmx::audit {

using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;
using Fields = std::vector<std::pair<std::string, Value>>;

/// One thing that happened. `type` and the fields' names are lower_case words, and none of those
/// that the log itself writes (format.h); a string that is not UTF-8 is recorded with what is wrong
/// replaced.
struct Event {
  std::string type;
  Fields fields{};
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_EVENT_H
