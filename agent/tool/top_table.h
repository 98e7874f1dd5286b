// Rows of `shmtool top` as lines: which columns there is room for, and how wide those of names are.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_TABLE_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_TABLE_H

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "agent/tool/top_columns.h"
#include "agent/tool/top_line.h"
#include "agent/tool/top_model.h"

namespace shmx::tool::top {

/// As wide as the names need: for output that is no terminal's.
inline constexpr std::size_t kUnlimited = 10'000;

struct Placed {
  const Column* column;
  std::size_t width;
};

/// From left to right, one space between two.
using Layout = std::vector<Placed>;

/// What fits into so many terminal columns; columns that do not are left out, the least important
/// first. Names are cut before a column of the server's numbers is left out.
Layout lay_out(std::span<const Row* const> rows, Grouping grouping, std::size_t width);

/// How a sorted column is marked.
enum class Order { ascending, descending };

Line title_line(const Layout& layout, const Column& sorted, Order order);
Line row_line(const Layout& layout, const Row& row);

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_TABLE_H
