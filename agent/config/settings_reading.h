// What the readers of the configuration file's parts share, and those readers. A part of
// settings.cc.
#ifndef SHM_EXPORTER_AGENT_CONFIG_SETTINGS_READING_H
#define SHM_EXPORTER_AGENT_CONFIG_SETTINGS_READING_H

#include <set>
#include <string>

#include "agent/config/settings.h"
#include "agent/config/users.h"
#include "agent/config/yaml_reading.h"

namespace shmx::config {

struct SettingsReading {
  const std::string& name;  ///< how errors call the file
  const FindUser& find_user;
  Settings settings{};
  std::set<std::string> tenants{};  ///< the names of those that are defined

  /// Remembers a file that the settings name.
  void names_file(const Entry& entry, const std::string& path, NamedFile::Kind kind) {
    settings.files.push_back({kind, path, place_of(name, entry.mark()) + ": " + entry.key});
  }
};

/// The values below `otlp:`, of the agent or of a tenant.
OtlpValues otlp_values_in(const Entry& otlp, const std::string& name);

// Each reads the value of one key at the top of the file.
void read_tenants(const Entry& tenants, SettingsReading& reading);
void read_issuers(const Entry& issuers, SettingsReading& reading);
void read_readers(const Entry& readers, SettingsReading& reading);  ///< after the two above
void read_anonymous(const Entry& anonymous, SettingsReading& reading);
void read_service_identities(const Entry& identities, SettingsReading& reading);
void read_audit(const Entry& audit, SettingsReading& reading);  ///< after the tenants

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_SETTINGS_READING_H
