// See top_view.h.
#include "agent/tool/top_view.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace shmx::tool::top {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

/// One character, of as many bytes as it has.
void drop_last_character(std::string& text) {
  const auto is_continuation = [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  };
  while (!text.empty() && is_continuation(text.back())) {
    text.pop_back();
  }
  if (!text.empty()) {
    text.pop_back();
  }
}

void type(View& view, const Key& key) {
  view.first = 0;
  switch (key.kind) {
    case KeyKind::text:
      view.filter += key.text;
      break;
    case KeyKind::backspace:
      drop_last_character(view.filter);
      break;
    case KeyKind::escape:
      view.filter = view.filter_before;
      view.typing = false;
      break;
    case KeyKind::enter:
      view.typing = false;
      break;
    default:
      break;
  }
}

/// Sorts by the column that is `step` (1 or -1) to the right of the sorted one, around the ends.
void sort_by_neighbour(View& view, const Layout& layout, int step) {
  if (layout.empty()) {
    return;
  }
  const auto count = static_cast<int>(layout.size());
  const auto found = std::find_if(layout.begin(), layout.end(), [&](const Placed& placed) {
    return placed.column == view.sorted;
  });
  const int at = found != layout.end() ? static_cast<int>(found - layout.begin()) : 0;
  view.sorted = layout[static_cast<std::size_t>((at + step + count) % count)].column;
  view.reversed = false;
  view.first = 0;
}

void regroup(View& view) {
  view.grouping = view.grouping == Grouping::job ? Grouping::method : Grouping::job;
  view.first = 0;
  if (!belongs_to(*view.sorted, view.grouping)) {
    view.sorted = View().sorted;
    view.reversed = false;
  }
}

void press_letter(View& view, char letter, const Shown& shown) {
  switch (letter) {
    case 's':
    case '>':
      sort_by_neighbour(view, shown.layout, 1);
      break;
    case '<':
      sort_by_neighbour(view, shown.layout, -1);
      break;
    case 'r':
      view.reversed = !view.reversed;
      break;
    case 'm':
      regroup(view);
      break;
    case 'p':
      view.paused = !view.paused;
      break;
    case '/':
      view.typing = true;
      view.filter_before = view.filter;
      break;
    case 'h':
    case '?':
      view.help = true;
      break;
    default:
      break;
  }
}

void scroll(View& view, const Shown& shown, KeyKind kind) {
  const std::size_t last = shown.rows - std::min(shown.rows, shown.page_rows);
  const std::size_t page = std::max<std::size_t>(shown.page_rows, 1);
  switch (kind) {
    case KeyKind::up:
      view.first -= std::min<std::size_t>(view.first, 1);
      break;
    case KeyKind::down:
      view.first += 1;
      break;
    case KeyKind::page_up:
      view.first -= std::min(view.first, page);
      break;
    case KeyKind::page_down:
      view.first += page;
      break;
    case KeyKind::home:
      view.first = 0;
      break;
    case KeyKind::end:
      view.first = last;
      break;
    default:
      break;
  }
  view.first = std::min(view.first, last);
}

}  // namespace

void press(View& view, const Key& key, const Shown& shown) {
  if (view.typing) {
    type(view, key);
    return;
  }
  if (key.kind == KeyKind::text && (key.text == "q" || key.text == "Q")) {
    view.over = true;
    return;
  }
  if (view.help) {
    view.help = false;
    return;
  }
  switch (key.kind) {
    case KeyKind::text:
      if (key.text.size() == 1) {
        press_letter(view, key.text.front(), shown);
      }
      break;
    case KeyKind::escape:
      view.filter.clear();
      break;
    case KeyKind::left:
      sort_by_neighbour(view, shown.layout, -1);
      break;
    case KeyKind::right:
      sort_by_neighbour(view, shown.layout, 1);
      break;
    default:
      scroll(view, shown, key.kind);
      break;
  }
}

Order order_of(const View& view) {
  return view.sorted->is_name != view.reversed ? Order::ascending : Order::descending;
}

std::vector<const Row*> chosen_rows(const Overview& overview, const View& view) {
  std::vector<const Row*> rows;
  for (const Row& row : view.grouping == Grouping::job ? overview.jobs : overview.methods) {
    if (contains(row.job, view.filter) || contains(row.method, view.filter)) {
      rows.push_back(&row);
    }
  }
  const bool ascending = order_of(view) == Order::ascending;
  const auto before = [&](const Row* a, const Row* b) {
    if (view.sorted->is_name) {
      const auto names = [&](const Row* row) {
        return std::tuple(sort_name(*view.sorted, *row), std::string_view(row->job),
                          std::string_view(row->method));
      };
      return ascending ? names(a) < names(b) : names(b) < names(a);
    }
    const std::optional<double> one = sort_number(*view.sorted, *a);
    const std::optional<double> other = sort_number(*view.sorted, *b);
    if (one && other && *one != *other) {
      return ascending ? *one < *other : *one > *other;
    }
    return one.has_value() && !other.has_value();
  };
  std::stable_sort(rows.begin(), rows.end(), before);  // They are sorted by name already.
  return rows;
}

}  // namespace shmx::tool::top
