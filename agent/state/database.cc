#include "agent/state/database.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace shmx::state {
namespace {

/// Of an extended result code.
constexpr int kPrimaryCode = 0xff;

/// Whether it is the agent that has run out of something, or somebody else who has the file open.
bool is_passing(int code, int system_errno) {
  switch (code) {
    case SQLITE_NOMEM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return true;
    default:
      return system_errno == EMFILE || system_errno == ENFILE || system_errno == ENOMEM;
  }
}

int bind_value(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* const number = std::get_if<std::int64_t>(&value)) {
    return sqlite3_bind_int64(statement, index, *number);
  }
  // The values outlive the statement's run, so SQLite need not copy them.
  if (const auto* const text = std::get_if<std::string>(&value)) {
    return sqlite3_bind_text(statement, index, text->data(), static_cast<int>(text->size()),
                             SQLITE_STATIC);
  }
  const Bytes& bytes = std::get<Bytes>(value);
  // Without a pointer SQLite would take an empty one for NULL.
  return sqlite3_bind_blob(statement, index,
                           bytes.empty() ? "" : static_cast<const void*>(&bytes[0]),
                           static_cast<int>(bytes.size()), SQLITE_STATIC);
}

Value value_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, column);
    case SQLITE_BLOB: {
      const auto* const bytes =
          static_cast<const unsigned char*>(sqlite3_column_blob(statement, column));
      return Bytes(bytes, bytes + sqlite3_column_bytes(statement, column));
    }
    default: {
      const auto* const text =
          reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return text == nullptr
                 ? std::string()
                 : std::string(text,
                               static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

Row row_of(sqlite3_stmt* statement) {
  Row row;
  const int columns = sqlite3_column_count(statement);
  row.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) {
    row.push_back(value_of(statement, column));
  }
  return row;
}

}  // namespace

void Database::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

void Database::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

DatabaseError Database::error(const std::string& tried) const {
  const int code = sqlite3_extended_errcode(database_.get());
  const int system_errno = sqlite3_system_errno(database_.get());
  std::string message = tried + ": " + sqlite3_errmsg(database_.get());
  if (system_errno != 0) {
    message += std::string(" (") + std::strerror(system_errno) + ")";
  }
  const int primary = code & kPrimaryCode;
  return {std::move(message), code, is_passing(primary, system_errno),
          primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB};
}

Outcome<Database> Database::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &handle,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
      nullptr);
  if (handle == nullptr) {
    return DatabaseError{"open " + path + ": out of memory", code, true, false};
  }
  Database database(handle);
  if (code != SQLITE_OK) {
    return database.error("open " + path);
  }
  return database;
}

bool Database::in_transaction() const noexcept {
  return sqlite3_get_autocommit(database_.get()) == 0;
}

Outcome<sqlite3_stmt*> Database::prepare(const std::string& statement) {
  if (const auto found = statements_.find(statement); found != statements_.end()) {
    return found->second.get();
  }
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database_.get(), statement.c_str(), -1, &prepared, nullptr) != SQLITE_OK) {
    return error(statement);
  }
  statements_[statement].reset(prepared);
  return prepared;
}

Outcome<std::vector<Row>> Database::run(const std::string& statement, const Row& values) {
  const auto prepared = prepare(statement);
  if (!prepared) {
    return prepared.error();
  }
  sqlite3_stmt* const running = prepared.value();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (bind_value(running, static_cast<int>(i) + 1, values[i]) != SQLITE_OK) {
      return error(statement);
    }
  }
  std::vector<Row> rows;
  int code = sqlite3_step(running);
  while (code == SQLITE_ROW) {
    rows.push_back(row_of(running));
    code = sqlite3_step(running);
  }
  Outcome<std::vector<Row>> outcome = std::move(rows);
  if (code != SQLITE_DONE) {
    outcome = error(statement);
  }
  sqlite3_reset(running);
  return outcome;
}

}  // namespace shmx::state
