#include "agent/config/settings.h"

#include <utility>

#include "agent/config/otlp_table.h"
#include "agent/config/settings_reading.h"
#include "agent/config/yaml_reading.h"
#include "agent/files/stamp.h"

namespace shmx::config {
namespace {

/// All of a file of 1 MiB: each is read once.
constexpr std::size_t kMostJobs = 100'000;

// Names no member: a header that is indented wrongly may be a secret.
Pairs pairs_in_map(const Entry& map) {
  if (!map.value.IsMap()) {
    throw Mistake{map.mark(), "expected a map of " + map.key};
  }
  Pairs pairs;
  for (const auto& entry : map.value) {
    pairs.emplace_back(text_in({"a name in " + map.key, map.mark(), entry.first}),
                       text_in({"each of " + map.key, map.mark(), entry.second}));
    if (pairs.size() > kMostMembers) {
      throw Mistake{map.mark(), "expected " + std::to_string(kMostMembers) + " " + map.key +
                                    " at most, found more"};
    }
  }
  return pairs;
}

struct Job {
  bool per_process = false;
  bool process_metrics = false;
};

constexpr Field<Job> kJobFields[] = {
    {"per_process", [](const Entry& entry, Job& job) { job.per_process = boolean_in(entry); }},
    {"process_metrics",
     [](const Entry& entry, Job& job) { job.process_metrics = boolean_in(entry); }},
};

void read_jobs(const Entry& jobs, SettingsReading& reading) {
  for (const Entry& entry : members_of(jobs, "jobs", kMostJobs)) {
    Job job;
    read_fields(entry, "settings of job " + entry.key, kJobFields, job);
    if (job.per_process) {
      reading.settings.per_process_jobs.insert(entry.key);
    }
    if (job.process_metrics) {
      reading.settings.process_metrics_jobs.insert(entry.key);
    }
  }
}

using Reading = SettingsReading;

// Readers name tenants and issuers, whatever comes first in the file.
constexpr Field<Reading> kFields[] = {
    {"jobs", read_jobs},
    {"otlp", [](const Entry& entry,
                Reading& reading) { reading.settings.otlp = otlp_values_in(entry, reading.name); }},
    {"tenants", read_tenants},
    {"issuers", read_issuers},
    {"readers", read_readers},
    {"anonymous", read_anonymous},
    {"service_identities", read_service_identities},
    {"audit", read_audit},
};

}  // namespace

OtlpValues otlp_values_in(const Entry& otlp, const std::string& name) {
  OtlpValues values;
  for (const Entry& entry : members_of(otlp, "settings of " + otlp.key)) {
    const OtlpSetting* const setting = find_otlp_setting(entry.key);
    if (setting == nullptr) {
      std::vector<std::string_view> known;
      for (const OtlpSetting& row : otlp_table()) {
        known.push_back(row.word);
      }
      refuse_key(entry, known);
    }
    OtlpValue value{place_of(name, entry.mark())};
    if (setting->is_pairs) {
      value.pairs = pairs_in_map(entry);
    } else {
      value.text = text_in(entry);
    }
    values.emplace(entry.key, std::move(value));
  }
  return values;
}

Result<Settings> parse_settings(const std::string& text, const std::string& name,
                                const FindUser& find_user) {
  SettingsReading reading{name, find_user};
  const auto read = [&reading](const Entry& root) {
    read_fields(root, "settings", kFields, reading);
  };
  if (auto error = read_document(text, name, read)) {
    return *std::move(error);
  }
  return std::move(reading.settings);
}

Result<Settings> load_settings(const std::string& path) {
  const auto text = files::read_small_file(path);
  if (!text) {
    return Error{"cannot " + text.error().message, text.error().code};
  }
  return parse_settings(text.value(), path);
}

}  // namespace shmx::config
