// The YAML of --config.file as plain values. yaml-cpp stays behind this header.
//
//   jobs:
//     orders:
//       per_process: true     # a label pid on every series, instead of sums
//       process_metrics: true # CPU, memory, threads, … of its processes, from /proc
//   otlp:                     # the words of otlp_table.h
//     endpoint: https://collector.example:4318
//     interval: 30s
//     headers: {x-tenant: shop}
//   tenants: …                # with readers, anonymous, issuers and service_identities:
//                             # agent/identity/policy.h shows them
//   audit: …                  # agent/audit/options.h
//
// A tenant may have an `otlp:` of its own, which pushes its numbers alone.
// Strict: a key that is not known is an error, with its place in the file.
#ifndef SHM_EXPORTER_AGENT_CONFIG_SETTINGS_H
#define SHM_EXPORTER_AGENT_CONFIG_SETTINGS_H

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/audit/options.h"
#include "agent/config/otlp_values.h"
#include "agent/config/users.h"
#include "agent/identity/policy.h"
#include "shm/result.h"

namespace shmx::config {

/// A value below otlp: as it is in the file.
struct OtlpValue {
  std::string place;  ///< NAME:LINE:COLUMN
  std::string text{};
  Pairs pairs{};  ///< of a map
};

/// By word; otlp_settings() checks them.
using OtlpValues = std::map<std::string, OtlpValue, std::less<>>;

/// A file that the policy or the audit names. It is not read here.
struct NamedFile {
  enum class Kind { authorities, key_set, audit_key };
  Kind kind;
  std::string path;
  std::string place;  ///< "NAME:LINE:COLUMN: KEY", for errors
};

struct Settings {
  std::set<std::string> per_process_jobs;
  std::set<std::string> process_metrics_jobs;
  OtlpValues otlp;
  std::map<std::string, OtlpValues> tenant_otlp;  ///< by tenant: a push of its own numbers alone
  identity::Policy policy;
  audit::Options audit;
  std::vector<NamedFile> files;
};

/// `name` is how errors call the text: "NAME:LINE:COLUMN: expected …".
Result<Settings> parse_settings(const std::string& text, const std::string& name,
                                const FindUser& find_user = user_of_this_host);

/// Reads and parses a file.
Result<Settings> load_settings(const std::string& path);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_SETTINGS_H
