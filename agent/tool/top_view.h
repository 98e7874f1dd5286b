// What the person at `shmtool top` has chosen to see, and what each key does to that. Pure.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_VIEW_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_VIEW_H

#include <cstddef>
#include <string>
#include <vector>

#include "agent/tool/top_columns.h"
#include "agent/tool/top_model.h"
#include "agent/tool/top_table.h"

namespace shmx::tool::top {

struct View {
  Grouping grouping = Grouping::job;
  const Column* sorted = find_column("rate");
  bool reversed = false;  ///< numbers are descending, names ascending, unless reversed
  std::string filter;     ///< part of a job's or method's name; ASCII letters of either case
  bool typing = false;    ///< a filter, which is what the keys are for then
  std::string filter_before;
  bool paused = false;
  bool help = false;
  std::size_t first = 0;  ///< row at the top
  bool over = false;      ///< the person wants to leave
};

enum class KeyKind {
  text,
  enter,
  escape,
  backspace,
  up,
  down,
  page_up,
  page_down,
  home,
  end,
  left,
  right,
  other,
};

struct Key {
  KeyKind kind = KeyKind::other;
  std::string text;  ///< one character in UTF-8
};

/// What is on the screen when a key is pressed.
struct Shown {
  Layout layout;
  std::size_t rows = 0;       ///< that the filter leaves
  std::size_t page_rows = 0;  ///< that fit
};

void press(View& view, const Key& key, const Shown& shown);

Order order_of(const View& view);

/// The rows that the filter leaves, sorted; equal ones by name, absent numbers last.
std::vector<const Row*> chosen_rows(const Overview& overview, const View& view);

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_VIEW_H
