// SQLite behind plain values: statements are text, rows are vectors, failures are errors. Knows
// nothing of what is stored.
#ifndef SHM_EXPORTER_AGENT_STATE_DATABASE_H
#define SHM_EXPORTER_AGENT_STATE_DATABASE_H

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "shm/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace shmx::state {

using Bytes = std::vector<unsigned char>;
using Value = std::variant<std::int64_t, std::string, Bytes>;
using Row = std::vector<Value>;

/// A failure of SQLite.
struct DatabaseError {
  std::string message;
  int code = 0;          ///< SQLite's extended result code
  bool passing = false;  ///< the agent has run out of something: asking again may end otherwise
  bool corrupt = false;  ///< the file is damaged, or no database
};

template <typename T>
using Outcome = Result<T, DatabaseError>;

class Database {
 public:
  /// Opens the file, creates it when it is not there. Whether it is a database shows at first use.
  static Outcome<Database> open(const std::string& path);

  /// Runs a statement with these values for its question marks; its rows, if it has any.
  Outcome<std::vector<Row>> run(const std::string& statement, const Row& values = {});

  /// Whether a transaction is open.
  bool in_transaction() const noexcept;

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  Outcome<sqlite3_stmt*> prepare(const std::string& statement);
  DatabaseError error(const std::string& tried) const;

  std::unique_ptr<sqlite3, Close> database_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;  ///< prepared before
};

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_DATABASE_H
