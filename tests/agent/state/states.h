// A state to store, and what a test does to its file from outside.
#ifndef SHM_EXPORTER_TESTS_AGENT_STATE_STATES_H
#define SHM_EXPORTER_TESTS_AGENT_STATE_STATES_H

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "agent/state/store.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::state {

inline constexpr char kBoot[] = "8c6f7b5e-0f60-4a4e-9c67-0a2f0c8c7a11";

inline Directory taken(const std::string& path) {
  auto directory = Directory::take(path);
  if (!directory) {
    throw std::runtime_error(directory.error().message);
  }
  return std::move(directory).value();
}

inline std::unique_ptr<Store> store_in(const std::string& path, const std::string& boot = kBoot) {
  return std::make_unique<Store>(taken(path), boot);
}

inline Loaded loaded(Store& store) {
  auto result = store.load();
  if (!result) {
    throw std::runtime_error(result.error().message);
  }
  return std::move(result).value();
}

/// Two jobs with a counter and a histogram, as the golden file has them.
inline Changes some_changes() {
  Changes changes;
  model::Retired& written = changes.retired.written;
  written.jobs = {{1, "shop", 1000, true, false, true, 7, 6, 1'700'000'000'000'000'000,
                   1'700'000'100'000'000'000, 0},
                  {2, "caf\u00e9 \"x\"", 0, false, true, false, -3, 0, 0, 0, 5}};
  written.families = {
      {3, 1, {FamilyKind::counter, GaugeMode::none, false, 1, "orders_total", "Orders.", "", {}}},
      {4,
       1,
       {FamilyKind::histogram,
        GaugeMode::none,
        false,
        1'000'000'000,
        "wait_seconds",
        "Waiting.",
        "seconds",
        {0.1, 1}}},
      {5, 2, {FamilyKind::gauge, GaugeMode::max, false, 1, "level", "", "", {}}}};
  const model::Ticks beyond_64_bits = (static_cast<model::Ticks>(1) << 90) + 5;
  written.series = {{6, 3, {}, "", false, 0, {beyond_64_bits}},
                    {7, 3, {{"a", "\n\"\\"}, {"b", ""}}, "12", false, 9, {-1}},
                    {8, 4, {{"otel_metric_overflow", "true"}}, "", true, 0, {1, 2, 3, 4}}};
  changes.folded = {{UINT64_MAX, 12, 1000, {1, 2, 3}}, {5, 13, 0, {}}};
  changes.losses[0] = 11;
  changes.losses[layout::kLossCount - 1] = INT64_MIN;
  return changes;
}

/// The same with what schema 1.1 added: a histogram with native buckets beside a classic one, and
/// start times.
inline Changes some_changes_1_1() {
  Changes changes = some_changes();
  model::Retired& written = changes.retired.written;
  FamilyDescriptor native = written.families[1].descriptor;
  native.name = "size_bytes";
  native.bounds = {1};
  native.native = NativeBuckets{0, 1, 2, false};
  written.families.push_back({9, 1, native});
  written.series[1].created_unix_ns = 1'700'000'000'000'000'000;
  written.series.push_back({10, 9, {}, "", false, 0, {1, 2, 0, 1, 1, 1, 8}, 5});
  return changes;
}

/// The same with what schema 1.2 added: jobs of tenants, two of them of one name and user.
inline Changes some_changes_1_2() {
  Changes changes = some_changes_1_1();
  model::Retired& written = changes.retired.written;
  for (const char* const tenant : {"blue", "green"}) {
    model::RetiredJob job = written.jobs[0];
    job.id = 10 + static_cast<model::RetiredId>(written.jobs.size());
    job.tenant = tenant;
    written.jobs.push_back(job);
  }
  model::RetiredFamily family = written.families[0];
  family.id = 14;
  family.job = 12;
  written.families.push_back(family);
  written.series.push_back({15, 14, {}, "", false, 0, {1}});
  return changes;
}

/// Runs SQL on the file as a stranger would; the agent must not have it open.
inline void meddle(const std::string& directory, const std::string& sql) {
  sqlite3* database = nullptr;
  sqlite3_open((directory + "/state.db").c_str(), &database);
  char* problem = nullptr;
  sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &problem);
  const std::string message = problem == nullptr ? "" : problem;
  sqlite3_free(problem);
  sqlite3_close(database);
  if (!message.empty()) {
    throw std::runtime_error(message);
  }
}

}  // namespace shmx::state

#endif  // SHM_EXPORTER_TESTS_AGENT_STATE_STATES_H
