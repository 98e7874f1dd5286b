// See top_table.h.
#include "agent/tool/top_table.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "agent/tool/top_text.h"

namespace shmx::tool::top {
namespace {

constexpr std::size_t kGap = 1;

/// What is left of a name at the least; narrower ones say nothing.
constexpr std::size_t kLeastName = 8;

/// What names keep before columns of the client side take room.
constexpr std::size_t kFairName = 32;

/// The most important first, of both groupings. From the first of the client side on, names come
/// before.
constexpr std::array<std::string_view, 13> kByImportance = {
    "method", "rate",        "job",           "errors",     "p99",        "p50",          "flight",
    "procs",  "client-rate", "client-errors", "client-p99", "client-p50", "client-flight"};

/// What the longest name and the marked title take.
std::size_t wanted_width(const Column& column, std::span<const Row* const> rows) {
  std::size_t widest = column.title.size() + 1;
  for (const Row* row : rows) {
    widest = std::max(widest, width_of(cell(column, *row)));
  }
  return widest;
}

std::size_t total_width(const Layout& layout) {
  return std::accumulate(layout.begin(), layout.end(), std::size_t{0},
                         [](std::size_t sum, const Placed& placed) {
                           return sum + placed.width + (sum != 0 ? kGap : 0);
                         });
}

/// Gives names what is left, the shortest wish first, so that none gets more than it needs.
void widen_names(Layout& layout, std::span<const Row* const> rows, std::size_t width) {
  std::vector<std::pair<std::size_t, Placed*>> wishes;
  for (Placed& placed : layout) {
    if (placed.column->is_name) {
      wishes.emplace_back(wanted_width(*placed.column, rows), &placed);
    }
  }
  std::sort(wishes.begin(), wishes.end());
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    const std::size_t room = width - std::min(width, total_width(layout));
    const auto& [wanted, placed] = wishes[i];
    const std::size_t share = placed->width + room / (wishes.size() - i);
    placed->width = std::min(wanted, std::max(share, placed->width));
  }
}

Style style_of(const Column& column, const Row& row) {
  if (is_alarming(column, row)) {
    return Style::alarm;
  }
  return column.is_name ? Style::strong : Style::plain;
}

std::string marked_title(const Column& column, Order order) {
  const std::string mark = order == Order::ascending ? "▲" : "▼";
  const std::string title(column.title);
  return column.is_name ? title + mark : mark + title;
}

}  // namespace

Layout lay_out(std::span<const Row* const> rows, Grouping grouping, std::size_t width) {
  Layout layout;
  for (const std::string_view key : kByImportance) {
    const Column* const column = find_column(key);
    if (!belongs_to(*column, grouping)) {
      continue;
    }
    Layout more = layout;
    more.push_back({column, column->is_name ? kLeastName : column->width});
    std::size_t needed = total_width(more);
    if (key.starts_with("client-")) {
      for (const Placed& placed : layout) {
        needed +=
            placed.column->is_name
                ? std::clamp(wanted_width(*placed.column, rows), kLeastName, kFairName) - kLeastName
                : 0;
      }
    }
    if (needed > width && !layout.empty()) {
      break;
    }
    layout = std::move(more);
  }
  std::sort(layout.begin(), layout.end(),
            [](const Placed& a, const Placed& b) { return a.column < b.column; });
  widen_names(layout, rows, width);
  return layout;
}

Line title_line(const Layout& layout, const Column& sorted, Order order) {
  std::string text;
  for (const auto& [column, width] : layout) {
    const std::string title =
        column == &sorted ? marked_title(*column, order) : std::string(column->title);
    text += text.empty() ? "" : std::string(kGap, ' ');
    text += column->is_name ? left_aligned(title, width) : right_aligned(title, width);
  }
  return {{std::move(text), Style::title}};
}

Line row_line(const Layout& layout, const Row& row) {
  Line line;
  for (const auto& [column, width] : layout) {
    if (!line.empty()) {
      line.push_back({std::string(kGap, ' ')});
    }
    // The methods of a service begin alike.
    const std::string text =
        column->key == "method" ? cut_beginning(cell(*column, row), width) : cell(*column, row);
    line.push_back({column->is_name ? left_aligned(text, width) : right_aligned(text, width),
                    style_of(*column, row)});
  }
  return line;
}

}  // namespace shmx::tool::top
