// web-config.yml, the format that all Prometheus exporters share
// (https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md), as plain
// values. yaml-cpp and OpenSSL stay behind this header.
//
// Strict: what is not known, twice, of the wrong kind or does not go together is an error with its
// place. The values of keys and passwords' hashes are never in an error.
#ifndef SHM_EXPORTER_AGENT_CONFIG_WEB_CONFIG_H
#define SHM_EXPORTER_AGENT_CONFIG_WEB_CONFIG_H

#include <functional>
#include <string>

#include "agent/files/stamp.h"
#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::config {

/// The bytes of a file that the text names.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// `name` is how errors call the text, "NAME:LINE:COLUMN: expected …", and the first of
/// Config.files; relative paths are relative to `directory`. What is returned can be served with:
/// certificates and keys were parsed, and belong together. Whether they are valid now, nobody asks.
Result<web::Config> parse_web_config(const std::string& text, const std::string& name,
                                     const std::string& directory,
                                     const ReadFile& read = files::read_small_file);

/// Reads and parses a file. `read` is asked for every file, the first one too: whoever keeps what
/// it was asked for knows which files to watch even where this ends with an error.
Result<web::Config> load_web_config(const std::string& path,
                                    const ReadFile& read = files::read_small_file);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_WEB_CONFIG_H
