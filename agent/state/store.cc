#include "agent/state/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "agent/state/database_file.h"
#include "agent/state/rows.h"
#include "agent/state/schema.h"

namespace shmx::state {
namespace {

constexpr char kFile[] = "state.db";
constexpr char kJournal[] = "state.db-journal";
constexpr char kSetAside[] = "state.db.lost";
/// Outside the database, and as old as its first commit: tells a lost state from a first start.
constexpr char kMarker[] = "started";

constexpr char kBootId[] = "boot_id";
constexpr char kLossCounts[] = "losses";
/// Present from the first commit on: before it, a baseline may be missing.
constexpr char kComplete[] = "complete";

/// One row to write or remove.
struct Step {
  const Table& table;
  bool remove;
  Row row;  ///< to be removed: its key alone
};

template <typename T>
void add_written(std::vector<Step>& steps, const Table& table, const std::vector<T>& values) {
  for (const T& value : values) {
    steps.push_back({table, false, row_of(value)});
  }
}

void add_removed(std::vector<Step>& steps, const Table& table,
                 const std::vector<model::RetiredId>& ids) {
  for (const model::RetiredId id : ids) {
    steps.push_back({table, true, {id}});
  }
}

Row meta_row(const char* key, const std::string& value) {
  return {std::string(key), Bytes(value.begin(), value.end())};
}

std::vector<Step> steps_of(const Changes& changes) {
  const Schema& tables = schema();
  std::vector<Step> steps;
  add_removed(steps, tables.series, changes.retired.series_removed);
  add_removed(steps, tables.family, changes.retired.families_removed);
  add_removed(steps, tables.job, changes.retired.jobs_removed);
  for (const SegmentIdentity& identity : changes.forgotten) {
    steps.push_back({tables.folded, true, {file_key(identity)}});
  }
  add_written(steps, tables.job, changes.retired.written.jobs);
  add_written(steps, tables.family, changes.retired.written.families);
  add_written(steps, tables.series, changes.retired.written.series);
  add_written(steps, tables.folded, changes.folded);
  steps.push_back({tables.meta, false, {std::string(kLossCounts), bytes_of(changes.losses)}});
  return steps;
}

Outcome<bool> run_steps(Database& database, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    auto done = step.remove ? step.table.remove(database, step.row.front())
                            : step.table.write(database, step.row);
    if (!done) {
      return done;
    }
  }
  return true;
}

/// Whatever is of these jobs: a later release's families too, which this one does not know.
Outcome<bool> remove_all_of(Database& database, const std::vector<model::RetiredId>& jobs) {
  for (const model::RetiredId job : jobs) {
    for (const char* const statement :
         {"DELETE FROM series WHERE family IN (SELECT id FROM family WHERE job = ?)",
          "DELETE FROM family WHERE job = ?"}) {
      if (const auto done = database.run(statement, {job}); !done) {
        return done.error();
      }
    }
  }
  return true;
}

std::string version_statement() {
  return "PRAGMA user_version = " + std::to_string(kSchemaMajor * 65536 + kSchemaMinor);
}

}  // namespace

bool Store::marked() const noexcept {
  return ::access(directory_.file(kMarker).c_str(), F_OK) == 0;
}

void Store::mark() noexcept {
  if (marked_) {
    return;
  }
  // Without it a removed state would only look like a first start: not worth failing for.
  const UniqueFd marker(
      ::open(directory_.file(kMarker).c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  marked_ = marker.valid();
}

Result<Loaded> Store::load() {
  struct stat file {};
  const bool there = ::lstat(directory_.file(kFile).c_str(), &file) == 0;
  if (!there && errno != ENOENT) {
    return Error{"lstat " + directory_.file(kFile) + ": " + std::strerror(errno), errno};
  }
  std::optional<Loss> loss;
  Loaded loaded;
  if (there) {
    const auto found = open_existing(loaded);
    if (!found && found.error().passing) {
      database_.reset();
      return Error{found.error().message, found.error().code};
    }
    if (!found) {
      loss = Loss{found.error().corrupt ? "corrupt" : "unreadable", found.error().message};
    } else {
      loss = found.value();
    }
    if (!loss) {
      complete_ = true;
      mark();
      loaded.opening = Opening::loaded;
      return loaded;
    }
    database_.reset();
    set_aside(loss->reason);
    if (loss->reason == "unfinished" && !marked()) {
      loss.reset();  // A first start that was cut short: no page was served from it.
    }
  } else if (marked()) {
    loss = Loss{"missing", directory_.file(kFile) + " is gone"};
  }
  loaded = Loaded{};
  if (loss) {
    loaded.opening = Opening::lost;
    loaded.loss = loss->reason;
    loaded.detail = loss->detail;
  } else {
    static_cast<void>(commit({}));  // What fails here is tried again, and told, at the first fold.
  }
  return loaded;
}

Outcome<std::optional<Loss>> Store::open_existing(Loaded& loaded) {
  auto opened = Database::open(directory_.file(kFile));
  if (!opened) {
    return opened.error();
  }
  database_.emplace(std::move(opened).value());
  if (const auto set = apply_settings(*database_); !set) {
    return set.error();
  }
  auto unusable = check_file(*database_, kApplicationId, kSchemaMajor);
  if (!unusable || unusable.value()) {
    return unusable;
  }
  if (const auto upgraded = upgrade(); !upgraded) {
    DatabaseError error = upgraded.error();
    error.passing = !error.corrupt;  // A full disk takes nothing from what is there.
    return error;
  }
  return read_rows(loaded);
}

/// What an older minor wrote gets what this one added; a newer one's stays what it is.
Outcome<bool> Store::upgrade() {
  const auto version = number_of(*database_, "PRAGMA user_version");
  if (!version) {
    return version.error();
  }
  const std::int64_t minor = version.value() & 0xffff;
  if (minor >= kSchemaMinor) {
    return true;
  }
  std::vector<std::string> statements = {version_statement()};
  for (const Table* const table : schema().all()) {
    for (std::string& statement : table->upgrade_statements(minor)) {
      statements.push_back(std::move(statement));
    }
  }
  return in_transaction(*database_, [&] { return run_all(*database_, statements); });
}

Outcome<std::optional<Loss>> Store::read_rows(Loaded& loaded) {
  std::vector<std::vector<Row>> all;
  for (const Table* const table : schema().all()) {
    auto rows = table->read(*database_);
    if (!rows) {
      return rows.error();
    }
    if (!rows.value()) {
      return std::optional<Loss>(Loss{"corrupt", "a row is not what was written"});
    }
    all.push_back(std::move(*rows.value()));
  }
  if (auto loss = read_meta(all[0], loaded)) {
    return std::optional<Loss>(std::move(loss));
  }
  auto retired = retired_of(all[1], all[2], all[3]);
  if (!retired) {
    return std::optional<Loss>(Loss{"corrupt", "a row does not fit the others"});
  }
  loaded.retired = std::move(*retired);
  for (const Row& row : all[4]) {
    const auto identity = identity_of(row);
    if (!identity) {
      return std::optional<Loss>(Loss{"corrupt", "a row of folded is none"});
    }
    loaded.folded.push_back(*identity);
  }
  for (std::size_t table = 1; table <= 3; ++table) {
    for (const Row& row : all[table]) {
      loaded.last_id = std::max(loaded.last_id, std::get<std::int64_t>(row.front()));
    }
  }
  return std::optional<Loss>();
}

std::optional<Loss> Store::read_meta(const std::vector<Row>& rows, Loaded& loaded) const {
  std::map<std::string, Bytes> meta;
  for (const Row& row : rows) {
    meta[std::get<std::string>(row[0])] = std::get<Bytes>(row[1]);
  }
  if (!meta.contains(kComplete)) {
    return Loss{"unfinished", "the agent before ended before its first transaction"};
  }
  if (meta[kBootId] != Bytes(boot_id_.begin(), boot_id_.end())) {
    return Loss{"boot", "it is of another boot"};
  }
  const auto losses = losses_of(meta[kLossCounts]);
  if (!losses) {
    return Loss{"corrupt", "the counts of losses are none"};
  }
  loaded.losses = *losses;
  return std::nullopt;
}

void Store::set_aside(const std::string& reason) {
  // Should this be cut short, there was a state. Its journal stays for now: create() removes what
  // belongs to no file.
  if (reason != "unfinished") {
    mark();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_.file(kSetAside), ignored);
  static_cast<void>(::rename(directory_.file(kFile).c_str(), directory_.file(kSetAside).c_str()));
}

Outcome<bool> Store::create() {
  const std::string path = directory_.file(kFile);
  struct stat file {};
  if (::lstat(path.c_str(), &file) == 0) {
    return DatabaseError{path + " cannot be used and cannot be renamed: remove it"};
  }
  ::unlink(directory_.file(kJournal).c_str());
  auto made = Database::open(path);
  Outcome<bool> done = true;
  if (made) {
    database_.emplace(std::move(made).value());
    done = set_up();
  } else {
    done = made.error();
  }
  if (!done) {
    database_.reset();
    ::unlink(path.c_str());
  }
  return done;
}

Outcome<bool> Store::set_up() {
  if (auto set = apply_settings(*database_); !set) {
    return set;
  }
  std::vector<std::string> statements = {
      "PRAGMA application_id = " + std::to_string(kApplicationId), version_statement()};
  for (const Table* const table : schema().all()) {
    statements.push_back(table->create_statement());
  }
  return in_transaction(*database_, [&]() -> Outcome<bool> {
    auto made = run_all(*database_, statements);
    return made ? schema().meta.write(*database_, meta_row(kBootId, boot_id_)) : made;
  });
}

Result<bool> Store::commit(const Changes& changes) {
  if (!database_) {
    if (const auto made = create(); !made) {
      return Error{made.error().message, made.error().code};
    }
  }
  std::vector<Step> steps = steps_of(changes);
  if (!complete_) {
    steps.push_back({schema().meta, false, meta_row(kComplete, "1")});
  }
  const auto done = in_transaction(*database_, [&] {
    auto removed = remove_all_of(*database_, changes.retired.jobs_removed);
    return removed ? run_steps(*database_, steps) : removed;
  });
  if (!done) {
    return Error{done.error().message, done.error().code};
  }
  complete_ = true;
  mark();
  return true;
}

std::uint64_t Store::size_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const char* const name : {kFile, kJournal}) {
    struct stat file {};
    if (::lstat(directory_.file(name).c_str(), &file) == 0) {
      bytes += static_cast<std::uint64_t>(file.st_size);
    }
  }
  return bytes;
}

}  // namespace shmx::state
