// The YAML of --config.file as plain values. yaml-cpp stays behind this header.
//
//   jobs:
//     orders:
//       per_process: true     # a label pid on every series, instead of sums
//
// Strict: a key that is not known is an error, with its place in the file.
#ifndef SHM_EXPORTER_AGENT_CONFIG_SETTINGS_H
#define SHM_EXPORTER_AGENT_CONFIG_SETTINGS_H

#include <set>
#include <string>

#include "shm/result.h"

namespace shmx::config {

struct Settings {
  std::set<std::string> per_process_jobs;
};

/// `name` is how errors call the text: "NAME:LINE:COLUMN: expected …".
Result<Settings> parse_settings(const std::string& text, const std::string& name);

/// Reads and parses a file.
Result<Settings> load_settings(const std::string& path);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_SETTINGS_H
