// See top_page.h.
#include "agent/tool/top_page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <string_view>
#include <utility>

#include "agent/tool/printable.h"
#include "agent/tool/top_text.h"

namespace shmx::tool::top {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

/// Between two facts of a line.
constexpr std::string_view kBetween = "  ";

/// Below so many lines, rows are worth more than an empty line and the keys.
constexpr std::size_t kFewLines = 8;

struct Hint {
  std::string_view key;
  std::string_view text;
};

/// In the last line, the most useful first.
constexpr std::array kHints = {Hint{"q", "quit"}, Hint{"?", "help"},    Hint{"/", "filter"},
                               Hint{"s", "sort"}, Hint{"m", "methods"}, Hint{"r", "reverse"},
                               Hint{"p", "pause"}};

constexpr std::array kHelp = {
    Hint{"q", "quit"},
    Hint{"m", "jobs, or each of their methods"},
    Hint{"s > <", "sort by the next column, by the one before"},
    Hint{"r", "reverse the order"},
    Hint{"/", "filter by name: Enter keeps it, Esc does not"},
    Hint{"Esc", "show all rows again"},
    Hint{"p", "pause, and go on"},
    Hint{"↑ ↓", "scroll; PgUp, PgDn, Home and End too"},
};

std::string plural(double count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", short_number(count), count == 1 ? one : many);
}

std::string clock_text(std::int64_t unix_ns) {
  return fmt::format("{:%H:%M:%S} UTC",
                     fmt::gmtime(static_cast<std::time_t>(unix_ns / kNanosecondsPerSecond)));
}

/// As many of the parts as fit, and the last of these cut.
Line fitted(const Line& parts, std::size_t columns) {
  Line line;
  for (const Span& part : parts) {
    const std::size_t width = width_of(part.text);
    if (width > columns) {
      line.push_back({cut(part.text, columns), part.style});
      break;
    }
    columns -= width;
    line.push_back(part);
  }
  return line;
}

void add_fact(Line& line, std::string text, Style style = Style::plain) {
  if (!line.empty()) {
    line.push_back({std::string(kBetween)});
  }
  line.push_back({std::move(text), style});
}

Line agent_line(const Overview* overview, const std::string& host) {
  Line line;
  add_fact(line, printable(host), Style::strong);
  if (overview != nullptr) {
    add_fact(line, clock_text(overview->unix_ns));
    add_fact(line, fmt::format("shm_exporter {}", printable(overview->version)), Style::faint);
  }
  return line;
}

Line totals_line(const Overview& overview) {
  Line line;
  add_fact(line, (overview.rate ? short_number(*overview.rate) : "-") + " RPC/s");
  add_fact(line, plural(static_cast<double>(overview.jobs.size()), "job", "jobs"));
  add_fact(line, plural(overview.processes, "process", "processes"));
  add_fact(line, plural(overview.segments, "segment", "segments"));
  return line;
}

Line state_line(const Overview* overview, const View& view, const News& news, const Shown& shown) {
  Line line;
  if (view.typing) {
    add_fact(line, fmt::format("filter: {}_", printable(view.filter)), Style::strong);
  }
  if (!news.trouble.empty()) {
    add_fact(line, printable(news.trouble), Style::alarm);
  }
  if (view.paused) {
    add_fact(line, "PAUSED", Style::strong);
  }
  if (!view.filter.empty() && !view.typing) {
    add_fact(line, fmt::format("filter: {}", printable(view.filter)), Style::strong);
  }
  if (shown.rows > shown.page_rows && shown.page_rows > 0) {
    add_fact(line, fmt::format("rows {}-{} of {}", view.first + 1, view.first + shown.page_rows,
                               shown.rows));
  }
  if (overview != nullptr && overview->skipped > 0) {
    add_fact(line,
             plural(static_cast<double>(overview->skipped), "snapshot", "snapshots") + " skipped");
  }
  return line;
}

/// Whole hints only: half a word helps nobody.
Line hints_line(const View& view, std::size_t columns) {
  Line line;
  for (const auto& [key, text] : kHints) {
    const std::string_view what =
        key == "m" && view.grouping == Grouping::method ? std::string_view("jobs") : text;
    const std::size_t width = key.size() + 1 + what.size() + (line.empty() ? 0 : kBetween.size());
    if (width > columns) {
      break;
    }
    columns -= width;
    add_fact(line, std::string(key), Style::strong);
    line.push_back({fmt::format(" {}", what), Style::faint});
  }
  return line;
}

std::vector<Line> help_lines() {
  std::size_t widest = 0;
  for (const Hint& hint : kHelp) {
    widest = std::max(widest, width_of(hint.key));
  }
  for (const Column& column : columns()) {
    widest = std::max(widest, column.title.size());
  }
  const auto line = [&](std::string_view term, std::string_view text) {
    return Line{
        {left_aligned(term, widest), Style::strong}, {std::string(kBetween)}, {std::string(text)}};
  };
  std::vector<Line> lines;
  lines.reserve(kHelp.size() + 1 + columns().size());
  for (const auto& [key, text] : kHelp) {
    lines.push_back(line(key, text));
  }
  lines.emplace_back();
  for (const Column& column : columns()) {
    if (!column.help.empty()) {
      lines.push_back(line(column.title, column.help));
    }
  }
  return lines;
}

Page compose_help(Size size) {
  Page page;
  page.lines = help_lines();
  page.lines.resize(std::min(page.lines.size(), size.lines));
  for (Line& line : page.lines) {
    line = fitted(line, size.columns);
  }
  return page;
}

Line title_bar(const View& view, const Layout& layout, std::size_t columns) {
  Line line = title_line(layout, *view.sorted, order_of(view));
  line.front().text = left_aligned(line.front().text, columns);
  return line;
}

}  // namespace

std::string plain_text(const Line& line) {
  std::string text;
  for (const Span& span : line) {
    text += span.text;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

Page compose(const Overview* overview, View& view, const News& news, Size size) {
  if (view.help) {
    return compose_help(size);
  }
  Page page;
  const std::vector<const Row*> rows =
      overview != nullptr ? chosen_rows(*overview, view) : std::vector<const Row*>();
  const bool roomy = size.lines >= kFewLines;
  const std::size_t around = roomy ? 5 : 3;  // agent, totals, state, titles, keys
  page.shown.layout = lay_out(rows, view.grouping, size.columns);
  page.shown.rows = rows.size();
  page.shown.page_rows = std::min(rows.size(), size.lines - std::min(size.lines, around));
  view.first = std::min(view.first, rows.size() - page.shown.page_rows);

  Line state = state_line(overview, view, news, page.shown);
  page.lines.push_back(agent_line(overview, news.host));
  if (roomy || state.empty()) {
    page.lines.push_back(overview != nullptr
                             ? totals_line(*overview)
                             : Line{{"Waiting for the first snapshot.", Style::faint}});
  }
  if (roomy || !state.empty()) {
    page.lines.push_back(std::move(state));
  }
  page.lines.push_back(title_bar(view, page.shown.layout, size.columns));
  for (std::size_t i = 0; i < page.shown.page_rows; ++i) {
    page.lines.push_back(row_line(page.shown.layout, *rows[view.first + i]));
  }
  if (roomy) {
    page.lines.resize(size.lines - 1);
    page.lines.push_back(hints_line(view, size.columns));
  }
  page.lines.resize(std::min(page.lines.size(), size.lines));
  for (Line& line : page.lines) {
    line = fitted(line, size.columns);
  }
  return page;
}

std::string plain_table(const Overview& overview, const View& view, const std::string& host) {
  const std::vector<const Row*> rows = chosen_rows(overview, view);
  const Layout layout = lay_out(rows, view.grouping, kUnlimited);
  Line facts = agent_line(&overview, host);
  facts.push_back({std::string(kBetween)});
  std::ranges::move(totals_line(overview), std::back_inserter(facts));
  std::string text = plain_text(facts) + "\n";
  text += plain_text(title_line(layout, *view.sorted, order_of(view))) + "\n";
  for (const Row* row : rows) {
    text += plain_text(row_line(layout, *row)) + "\n";
  }
  return text;
}

}  // namespace shmx::tool::top
