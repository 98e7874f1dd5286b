// The tables of the state; store.cc writes and reads them. A change here is a new minor (added,
// with a default) or a new major (anything else): kSchemaMinor and kSchemaMajor in store.h.
#ifndef SHM_EXPORTER_AGENT_STATE_SCHEMA_H
#define SHM_EXPORTER_AGENT_STATE_SCHEMA_H

#include <array>

#include "agent/state/table.h"

namespace shmx::state {

/// What the file is, for file(1) and for this: "SHMX".
inline constexpr std::int64_t kApplicationId = 0x53484d58;

struct Schema {
  Table meta{"meta", {{"key", "TEXT"}, {"value", "BLOB"}}};
  Table job{"job",
            {{"id", "INTEGER"},
             {"name", "TEXT"},
             {"owner", "INTEGER"},
             {"bare", "INTEGER"},
             {"per_process", "INTEGER"},
             {"overflowed", "INTEGER"},
             {"folded", "INTEGER"},
             {"ended", "INTEGER"},
             {"newest_start_unix_ns", "INTEGER"},
             {"last_exit_unix_ns", "INTEGER"},
             {"left_at_boot_ns", "INTEGER"},
             {"tenant", "TEXT", 2}}};  // name begins with it and a slash: see rows.cc
  Table family{"family",
               {{"id", "INTEGER"},
                {"job", "INTEGER"},
                {"name", "TEXT"},
                {"kind", "INTEGER"},
                {"mode", "INTEGER"},
                {"ticks_per_unit", "INTEGER"},
                {"help", "TEXT"},
                {"unit", "TEXT"},
                {"bounds", "BLOB"}}};
  Table series{"series",
               {{"id", "INTEGER"},
                {"family", "INTEGER"},
                {"labels", "BLOB"},
                {"pid", "TEXT"},
                {"overflow", "INTEGER"},
                {"unowned_since_boot_ns", "INTEGER"},
                {"ticks", "BLOB"},
                {"created_unix_ns", "INTEGER", 1}}};
  Table folded{"folded",
               {{"file", "TEXT"},  // device:inode, of which one exists at a time
                {"owner", "INTEGER"},
                {"uuid", "BLOB"}}};

  /// In this order.
  std::array<const Table*, 5> all() const noexcept {
    return {&meta, &job, &family, &series, &folded};
  }
};

inline const Schema& schema() {
  static const Schema tables;
  return tables;
}

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_SCHEMA_H
