// Tables: which number of the statistics is which metric. A new number is a new line here.
#include "agent/self/statistics_families.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "agent/model/names.h"

namespace shmx::self {
namespace {

using aggregate::CountsByReason;
using aggregate::DirectoryStatistics;
using aggregate::Statistics;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr const char* kLosses = "shm_exporter_losses_total";

template <typename Member>
struct Entry {
  const char* name;
  const char* help;
  Member member;
};

constexpr Entry<std::uint64_t Statistics::*> kCounters[] = {
    {"shm_exporter_families_restarted_total",
     "Histogram families that restarted from zero with new bucket bounds.",
     &Statistics::families_restarted_total},
    {"shm_exporter_fold_failures_total",
     "Segments of ended processes that could not be read a last time, and failed transactions.",
     &Statistics::fold_failures_total},
    {"shm_exporter_folds_total",
     "Segments of ended processes whose values entered the totals of their job.",
     &Statistics::folds_total},
    {"shm_exporter_jobs_apart_total",
     "Jobs whose name another user had first: their series have the label uid.",
     &Statistics::jobs_apart_total},
    {"shm_exporter_newborns_removed_total",
     "Files of processes that ended before their segment was complete, removed.",
     &Statistics::newborns_removed_total},
    {"shm_exporter_own_failures_total",
     "Times the exporter ran out of descriptors or memory while reading segments.",
     &Statistics::own_failures_total},
    {"shm_exporter_series_evicted_total",
     "Series that no process adds to any more and that left early, for there were too many.",
     &Statistics::series_evicted_total},
    {"shm_exporter_series_overflowed_total",
     "Series that were put into the overflow series of their family, for their job has too many.",
     &Statistics::series_overflowed_total},
    {"shm_exporter_state_commits_total", "Transactions of the state.",
     &Statistics::state_commits_total},
    {"shm_exporter_unlink_failures_total",
     "Segments of ended processes whose file could not be removed.",
     &Statistics::unlink_failures_total},
};

constexpr Entry<std::uint64_t Statistics::*> kGauges[] = {
    {"shm_exporter_folds_waiting",
     "Ended processes whose values are shown and not in the state yet.",
     &Statistics::folds_waiting},
    {"shm_exporter_jobs", "Jobs that are shown.", &Statistics::jobs},
    {"shm_exporter_segments_degraded", "Live segments whose process reports a loss.",
     &Statistics::segments_degraded},
    {"shm_exporter_series", "Series that are kept.", &Statistics::series},
    {"shm_exporter_state_size_bytes", "Size of the state's files.", &Statistics::state_bytes},
};

constexpr Entry<CountsByReason Statistics::*> kReasons[] = {
    {"shm_exporter_families_refused_total",
     "Families that a segment declared and that were refused.",
     &Statistics::families_refused_total},
    {"shm_exporter_segments_quarantined_total",
     "Admitted segments that broke a rule later and are ignored since.",
     &Statistics::segments_quarantined_total},
    {"shm_exporter_segments_refused_total",
     "Files in the segment directories that are no admissible segments.",
     &Statistics::segments_refused_total},
    {"shm_exporter_states_lost_total",
     "States of an agent before that could not be gone on with: every counter restarted at 0.",
     &Statistics::states_lost_total},
    {"shm_exporter_series_refused_total", "Series that a segment declared and that were refused.",
     &Statistics::series_refused_total},
};

struct TenantEntry {
  const char* name;
  const char* help;
  MetricType type;
  std::map<std::string, std::uint64_t> Statistics::*member;
};

// Where tenants are defined.
constexpr TenantEntry kTenants[] = {
    {"shm_exporter_claims_refused_total",
     "Segments that claimed a job which their tenant may not have, by tenant.", MetricType::Counter,
     &Statistics::claims_refused_total},
    {"shm_exporter_tenant_segments", "Segments of live processes that are held open, by tenant.",
     MetricType::Gauge, &Statistics::tenant_segments},
    {"shm_exporter_tenant_series", "Series that are kept, but overflow series, by tenant.",
     MetricType::Gauge, &Statistics::tenant_series},
};

constexpr Entry<std::uint64_t Statistics::*> kStates[] = {
    {"live", "", &Statistics::segments_live},
    {"quarantined", "", &Statistics::segments_quarantined},
    {"refused", "", &Statistics::segments_refused},
    {"unread", "", &Statistics::segments_unread},
};

constexpr Entry<std::uint64_t DirectoryStatistics::*> kDirectories[] = {
    {"shm_exporter_directory_free_bytes",
     "Free space of the file system that holds a segment directory.",
     &DirectoryStatistics::free_bytes},
    {"shm_exporter_directory_free_inodes",
     "Free inodes of the file system that holds a segment directory.",
     &DirectoryStatistics::free_inodes},
    {"shm_exporter_directory_inodes", "Inodes of the file system that holds a segment directory.",
     &DirectoryStatistics::inodes},
    {"shm_exporter_directory_size_bytes", "Size of the file system that holds a segment directory.",
     &DirectoryStatistics::size_bytes},
};

ClientMetric number(MetricType type, double value) {
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

ClientMetric labelled(MetricType type, std::string label, std::string value, std::uint64_t count) {
  ClientMetric metric = number(type, static_cast<double>(count));
  metric.label.push_back({std::move(label), std::move(value)});
  return metric;
}

MetricFamily by_reason(const Entry<CountsByReason Statistics::*>& entry,
                       const Statistics& statistics) {
  MetricFamily family{entry.name, entry.help, MetricType::Counter, {}};
  for (const auto& [reason, count] : statistics.*entry.member) {
    family.metric.push_back(labelled(MetricType::Counter, "reason", reason, count));
  }
  return family;
}

void add_by_tenant(std::vector<MetricFamily>& families, const Statistics& statistics) {
  for (const TenantEntry& entry : kTenants) {
    MetricFamily family{entry.name, entry.help, entry.type, {}};
    for (const auto& [tenant, count] : statistics.*entry.member) {
      family.metric.push_back(labelled(entry.type, "tenant", tenant, count));
    }
    if (!family.metric.empty()) {
      families.push_back(std::move(family));
    }
  }
}

MetricFamily by_state(const Statistics& statistics) {
  MetricFamily family{"shm_exporter_segments",
                      "Files in the segment directories, by state.",
                      MetricType::Gauge,
                      {}};
  for (const auto& state : kStates) {
    family.metric.push_back(
        labelled(MetricType::Gauge, "state", state.name, statistics.*state.member));
  }
  return family;
}

MetricFamily by_loss(const Statistics& statistics) {
  MetricFamily family{kLosses,
                      "What processes could not count or publish, as they reported it, by kind.",
                      MetricType::Counter,
                      {}};
  for (std::size_t loss = 0; loss < model::kNamedLosses; ++loss) {
    family.metric.push_back(labelled(MetricType::Counter, "kind",
                                     std::string(model::loss_name(loss)),
                                     statistics.losses_total[loss]));
  }
  return family;
}

MetricFamily by_directory(const Entry<std::uint64_t DirectoryStatistics::*>& entry,
                          const Statistics& statistics) {
  MetricFamily family{entry.name, entry.help, MetricType::Gauge, {}};
  for (const DirectoryStatistics& directory : statistics.directories) {
    if (directory.present) {
      family.metric.push_back(
          labelled(MetricType::Gauge, "directory", directory.path, directory.*entry.member));
    }
  }
  return family;
}

MetricFamily presence(const Statistics& statistics) {
  MetricFamily family{"shm_exporter_directory_present",
                      "Whether a segment directory exists and is watched.",
                      MetricType::Gauge,
                      {}};
  for (const DirectoryStatistics& directory : statistics.directories) {
    family.metric.push_back(
        labelled(MetricType::Gauge, "directory", directory.path, directory.present ? 1 : 0));
  }
  return family;
}

MetricFamily identity_mismatches(const Statistics& statistics) {
  MetricFamily family{"shm_exporter_identity_mismatch",
                      "Live processes that do not present what the policy expects of their job.",
                      MetricType::Gauge,
                      {}};
  for (const aggregate::IdentityMismatches& each : statistics.identity_mismatches) {
    ClientMetric metric = number(MetricType::Gauge, static_cast<double>(each.processes));
    if (!each.tenant.empty()) {
      metric.label.push_back({"tenant", each.tenant});
    }
    metric.label.push_back({"job", each.job});
    metric.label.push_back({"reason", each.reason});
    family.metric.push_back(std::move(metric));
  }
  return family;
}

}  // namespace

std::vector<MetricFamily> statistics_families(const Statistics& statistics) {
  std::vector<MetricFamily> families;
  for (const auto& entry : kCounters) {
    const auto value = static_cast<double>(statistics.*entry.member);
    families.push_back(
        {entry.name, entry.help, MetricType::Counter, {number(MetricType::Counter, value)}});
  }
  for (const auto& entry : kGauges) {
    const auto value = static_cast<double>(statistics.*entry.member);
    families.push_back(
        {entry.name, entry.help, MetricType::Gauge, {number(MetricType::Gauge, value)}});
  }
  for (const auto& entry : kReasons) {
    families.push_back(by_reason(entry, statistics));
  }
  for (const auto& entry : kDirectories) {
    families.push_back(by_directory(entry, statistics));
  }
  add_by_tenant(families, statistics);
  families.push_back(by_state(statistics));
  families.push_back(by_loss(statistics));
  families.push_back(presence(statistics));
  if (!statistics.identity_mismatches.empty()) {
    families.push_back(identity_mismatches(statistics));
  }
  return families;
}

bool outlives_the_agent(std::string_view family) noexcept {
  return family == kLosses;
}

}  // namespace shmx::self
