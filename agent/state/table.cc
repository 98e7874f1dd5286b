#include "agent/state/table.h"

#include <boost/crc.hpp>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace shmx::state {
namespace {

/// CRC-32 over the first values, each with its kind and its size.
std::int64_t check_of(const Row& row, std::size_t columns) {
  boost::crc_32_type crc;
  for (const Value& value : std::span(row).first(columns)) {
    const auto kind = static_cast<unsigned char>(value.index());
    crc.process_byte(kind);
    std::visit(
        [&crc](const auto& known) {
          if constexpr (std::is_same_v<std::decay_t<decltype(known)>, std::int64_t>) {
            crc.process_bytes(&known, sizeof(known));
          } else {
            const std::size_t size = known.size();
            crc.process_bytes(&size, sizeof(size));
            crc.process_bytes(known.data(), size);
          }
        },
        value);
  }
  return crc.checksum();
}

std::string definition_of(const Table::Column& column) {
  std::string definition = std::string(column.name) + " " + column.type + " NOT NULL";
  if (column.since != 0) {
    definition += std::string_view(column.type) == "TEXT" ? " DEFAULT ''" : " DEFAULT 0";
  }
  return definition;
}

}  // namespace

Table::Table(const char* name, const std::vector<Column>& columns)
    : name_(name), columns_(columns) {
  const std::string table = name;
  const std::string key = columns.front().name;
  std::string definitions;
  std::string names;
  std::string marks;
  std::string updates;
  for (const Column& column : columns) {
    checked_ += column.since == 0 ? 1 : 0;
    definitions += definition_of(column) + (column.name == key ? " PRIMARY KEY, " : ", ");
    names += std::string(column.name) + ", ";
    marks += "?, ";
    updates += std::string(column.name) + " = excluded." + column.name + ", ";
  }
  create_ = "CREATE TABLE " + table + " (" + definitions + "row_check INTEGER NOT NULL) STRICT";
  write_ = "INSERT INTO " + table + " (" + names + "row_check) VALUES (" + marks +
           "?) ON CONFLICT (" + key + ") DO UPDATE SET " + updates +
           "row_check = excluded.row_check";
  remove_ = "DELETE FROM " + table + " WHERE " + key + " = ?";
  read_ = "SELECT " + names + "row_check FROM " + table;
}

std::vector<std::string> Table::upgrade_statements(std::int64_t from_minor) const {
  std::vector<std::string> statements;
  for (const Column& column : columns_) {
    if (column.since > from_minor) {
      statements.push_back("ALTER TABLE " + name_ + " ADD COLUMN " + definition_of(column));
    }
  }
  return statements;
}

Outcome<bool> Table::write(Database& database, Row row) const {
  row.emplace_back(check_of(row, checked_));
  const auto done = database.run(write_, row);
  if (!done) {
    return done.error();
  }
  return true;
}

Outcome<bool> Table::remove(Database& database, const Value& key) const {
  const auto done = database.run(remove_, {key});
  if (!done) {
    return done.error();
  }
  return true;
}

bool Table::has_types(const Row& row) const noexcept {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view type = columns_[i].type;
    const std::size_t index = type == "INTEGER" ? 0 : type == "TEXT" ? 1 : 2;
    if (row[i].index() != index) {
      return false;
    }
  }
  return row.back().index() == 0;
}

Outcome<std::optional<std::vector<Row>>> Table::read(Database& database) const {
  auto rows = database.run(read_);
  if (!rows) {
    return rows.error();
  }
  for (Row& row : rows.value()) {
    if (!has_types(row)) {
      return std::optional<std::vector<Row>>();
    }
    const std::int64_t check = std::get<std::int64_t>(row.back());
    row.pop_back();
    if (check_of(row, checked_) != check) {
      return std::optional<std::vector<Row>>();
    }
  }
  return std::optional<std::vector<Row>>(std::move(rows).value());
}

}  // namespace shmx::state
