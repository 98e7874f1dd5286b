// The columns of `shmtool top`: what they are called, how wide they are, what is in them.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_COLUMNS_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_COLUMNS_H

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/tool/top_model.h"

namespace shmx::tool::top {

enum class Grouping { job, method };

struct Column {
  std::string_view key;    ///< as --sort has it
  std::string_view title;  ///< printable ASCII
  std::size_t width;       ///< of numbers and the title, with room for the mark of the sorted one
  bool is_name;            ///< left-aligned, as wide as there is room
  std::string_view help;
};

/// All of them, in the order in which they are shown.
std::span<const Column> columns();

/// Nothing when there is no such column.
const Column* find_column(std::string_view key);

/// Whether rows of this grouping have it.
bool belongs_to(const Column& column, Grouping grouping);

/// "-" for what is absent. Printable.
std::string cell(const Column& column, const Row& row);

/// What a column of numbers is sorted by.
std::optional<double> sort_number(const Column& column, const Row& row);

/// Of a column of names.
std::string_view sort_name(const Column& column, const Row& row);

/// Whether the cell tells of errors.
bool is_alarming(const Column& column, const Row& row);

/// At most 5 characters up to 10^18: 0, 0.05, 12.3, 999, 1.23k, 45.6M.
std::string short_number(double value);

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_COLUMNS_H
