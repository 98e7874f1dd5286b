// What the agent's databases have in common: their settings, transactions, and the test of whether
// a file is what it should be. Not what is in them.
#ifndef SHM_EXPORTER_AGENT_STATE_DATABASE_FILE_H
#define SHM_EXPORTER_AGENT_STATE_DATABASE_FILE_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/state/database.h"

namespace shmx::state {

/// Why a file is lost to this release.
struct Loss {
  std::string reason;  ///< one of few words: corrupt, version, unfinished, ...
  std::string detail;
};

/// Of every database, before anything else is run on it.
Outcome<bool> apply_settings(Database& database);

Outcome<bool> run_all(Database& database, const std::vector<std::string>& statements);

/// All of the body's changes, or none.
Outcome<bool> in_transaction(Database& database, const std::function<Outcome<bool>()>& body);

/// The first column of the first row; 0 where there is none.
Outcome<std::int64_t> number_of(Database& database, const std::string& statement);

/// Whether it is a file of this application and this major version, and whole; nothing, if it is.
Outcome<std::optional<Loss>> check_file(Database& database, std::int64_t application_id,
                                        std::int64_t major);

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_DATABASE_FILE_H
