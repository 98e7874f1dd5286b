#include "agent/state/database_file.h"

#include <iterator>
#include <utility>

namespace shmx::state {
namespace {

// The journal is truncated, not kept in memory, so that a kill at any point leaves either state;
// the file is this agent's alone, so it is not unlocked between transactions; nothing is synced,
// for tmpfs has nothing to sync to and the state ends with the boot.
constexpr const char* kSettings[] = {
    "PRAGMA locking_mode = EXCLUSIVE", "PRAGMA journal_mode = TRUNCATE", "PRAGMA synchronous = OFF",
    "PRAGMA trusted_schema = OFF",     "PRAGMA cell_size_check = ON",
};

std::string version_text(std::int64_t version) {
  return std::to_string(version >> 16) + "." + std::to_string(version & 0xffff);
}

}  // namespace

Outcome<bool> apply_settings(Database& database) {
  return run_all(database, {std::begin(kSettings), std::end(kSettings)});
}

Outcome<bool> run_all(Database& database, const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) {
    if (const auto done = database.run(statement); !done) {
      return done.error();
    }
  }
  return true;
}

Outcome<bool> in_transaction(Database& database, const std::function<Outcome<bool>()>& body) {
  if (database.in_transaction()) {
    // An earlier one failed, and its end too.
    if (const auto ended = database.run("ROLLBACK"); !ended) {
      return ended.error();
    }
  }
  if (const auto begun = database.run("BEGIN IMMEDIATE"); !begun) {
    return begun.error();
  }
  Outcome<bool> done = body();
  if (done) {
    if (const auto committed = database.run("COMMIT"); !committed) {
      done = committed.error();
    }
  }
  if (!done && database.in_transaction()) {
    static_cast<void>(database.run("ROLLBACK"));  // The first error is the one to tell.
  }
  return done;
}

Outcome<std::int64_t> number_of(Database& database, const std::string& statement) {
  const auto rows = database.run(statement);
  if (!rows) {
    return rows.error();
  }
  const auto& all = rows.value();
  const auto* const number =
      all.empty() || all[0].empty() ? nullptr : std::get_if<std::int64_t>(all[0].data());
  return number == nullptr ? 0 : *number;
}

Outcome<std::optional<Loss>> check_file(Database& database, std::int64_t application_id,
                                        std::int64_t major) {
  const auto application = number_of(database, "PRAGMA application_id");
  const auto version = number_of(database, "PRAGMA user_version");
  if (!application || !version) {
    return application ? version.error() : application.error();
  }
  if (application.value() == 0 && version.value() == 0) {
    return std::optional<Loss>(Loss{"unfinished", "it is empty"});
  }
  if (application.value() != application_id) {
    return std::optional<Loss>(Loss{"corrupt", "it is another application's file"});
  }
  if (version.value() >> 16 != major) {
    return std::optional<Loss>(Loss{"version", "expected version " + std::to_string(major) +
                                                   ".x, found " + version_text(version.value())});
  }
  const auto checked = database.run("PRAGMA quick_check(1)");
  if (!checked) {
    return checked.error();
  }
  if (checked.value() != std::vector<Row>{{std::string("ok")}}) {
    return std::optional<Loss>(Loss{"corrupt", "its integrity check fails"});
  }
  return std::optional<Loss>();
}

}  // namespace shmx::state
