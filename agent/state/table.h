// A table of the state: rows with an id, each with a check over what this release knows of it, so
// that damage inside a row is found as surely as SQLite finds damage between rows. A later release
// may add columns with defaults, which are not in the check: this one leaves them as they are, and
// their values are to be taken for what anybody may have written.
#ifndef SHM_EXPORTER_AGENT_STATE_TABLE_H
#define SHM_EXPORTER_AGENT_STATE_TABLE_H

#include <optional>
#include <string>
#include <vector>

#include "agent/state/database.h"

namespace shmx::state {

class Table {
 public:
  /// `columns`: as in CREATE TABLE, the first is the key, and those of later minors are the last.
  /// `name` and `columns` are constants of the program: they become SQL.
  struct Column {
    const char* name;
    const char* type;        ///< INTEGER, TEXT or BLOB
    std::int64_t since = 0;  ///< the schema's minor that added it, with 0 or '' as default
  };
  Table(const char* name, const std::vector<Column>& columns);

  const std::string& create_statement() const noexcept { return create_; }

  /// What a table of an older minor lacks.
  std::vector<std::string> upgrade_statements(std::int64_t from_minor) const;

  /// Writes a row over the one with the same key, if there is one.
  Outcome<bool> write(Database& database, Row row) const;
  Outcome<bool> remove(Database& database, const Value& key) const;

  /// Every row; nothing when a row is not what was written.
  Outcome<std::optional<std::vector<Row>>> read(Database& database) const;

 private:
  bool has_types(const Row& row) const noexcept;

  std::string name_;
  std::vector<Column> columns_;
  std::size_t checked_ = 0;  ///< how many columns the check is over
  std::string create_;
  std::string write_;
  std::string remove_;
  std::string read_;
};

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_TABLE_H
