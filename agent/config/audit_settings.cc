// The audit log in the configuration file.
#include "agent/config/settings_reading.h"
#include "agent/config/tenant_directories.h"

namespace shmx::config {
namespace {

/// Each record signed is a signature's cost for each scrape; more than these are unsigned for days.
constexpr std::uint64_t kMostRecords = 1'000'000;

/// A file holds some hundred records at least, and can still be looked at and moved.
constexpr std::uint64_t kLeastFileBytes = std::uint64_t{64} << 10;
constexpr std::uint64_t kMostFileBytes = std::uint64_t{16} << 30;
constexpr std::uint64_t kMostTotalBytes = std::uint64_t{16} << 40;

constexpr Field<SettingsReading> kFields[] = {
    {"directory",
     [](const Entry& entry, SettingsReading& reading) {
       const std::string directory = normal_directory(absolute_path_in(entry));
       for (const identity::Tenant& tenant : reading.settings.policy.tenants) {
         if (is_within(directory, tenant.directory)) {
           throw Mistake{
               entry.mark(),
               "expected a directory of the agent's own, found one of tenant " + tenant.name};
         }
       }
       reading.settings.audit.directory = directory;
     }},
    {"key",
     [](const Entry& entry, SettingsReading& reading) {
       reading.settings.audit.key_file = absolute_path_in(entry);
       reading.names_file(entry, reading.settings.audit.key_file, NamedFile::Kind::audit_key);
     }},
    {"required",
     [](const Entry& entry, SettingsReading& reading) {
       reading.settings.audit.required = boolean_in(entry);
     }},
    {"checkpoint_every",
     [](const Entry& entry, SettingsReading& reading) {
       reading.settings.audit.checkpoint_every =
           number_in(entry, kNoUnit, 1, kMostRecords, "1 to 1000000 records");
     }},
    {"max_file_bytes",
     [](const Entry& entry, SettingsReading& reading) {
       reading.settings.audit.max_file_bytes =
           number_in(entry, kSizeUnits, kLeastFileBytes, kMostFileBytes, "64KiB to 16GiB");
     }},
    {"max_total_bytes",
     [](const Entry& entry, SettingsReading& reading) {
       const std::uint64_t least = 2 * reading.settings.audit.max_file_bytes;
       reading.settings.audit.max_total_bytes =
           number_in(entry, kSizeUnits, least, kMostTotalBytes, "twice max_file_bytes to 16384GiB");
     }},
};

}  // namespace

void read_audit(const Entry& audit, SettingsReading& reading) {
  read_fields(audit, "settings of audit", kFields, reading);
  const audit::Options& options = reading.settings.audit;
  if (options.directory.empty() || options.key_file.empty()) {
    throw Mistake{audit.mark(),
                  "expected directory and key in audit; openssl genpkey -algorithm ed25519 makes a "
                  "key"};
  }
  if (options.max_total_bytes < 2 * options.max_file_bytes) {
    throw Mistake{audit.mark(), "expected max_total_bytes of twice max_file_bytes at least"};
  }
}

}  // namespace shmx::config
