// What the readers of web-config.yml's parts share. A part of web_config.cc.
#ifndef SHM_EXPORTER_AGENT_CONFIG_WEB_CONFIG_READING_H
#define SHM_EXPORTER_AGENT_CONFIG_WEB_CONFIG_READING_H

#include <string>

#include "agent/config/web_config.h"
#include "agent/config/yaml_reading.h"

namespace shmx::config {

struct WebConfigReading {
  const std::string& directory;
  const ReadFile& read_file;
  web::Config config{};
};

/// The value of tls_server_config.
void read_web_tls(const Entry& tls, WebConfigReading& reading);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_WEB_CONFIG_READING_H
