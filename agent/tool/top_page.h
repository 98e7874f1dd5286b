// One screen of `shmtool top`, and its plain text for output that is no terminal's. Pure.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_PAGE_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_PAGE_H

#include <cstddef>
#include <string>
#include <vector>

#include "agent/tool/top_line.h"
#include "agent/tool/top_model.h"
#include "agent/tool/top_view.h"

namespace shmx::tool::top {

struct Size {
  std::size_t columns = 80;
  std::size_t lines = 24;
};

/// What is told beside the rows.
struct News {
  std::string host;     ///< whose agent it is
  std::string trouble;  ///< why nothing new comes; empty: all is well
};

struct Page {
  std::vector<Line> lines;  ///< as many as there are at the most, none wider than the screen
  Shown shown;
};

/// `overview` is null before the first snapshot. Moves view.first to where there are rows.
Page compose(const Overview* overview, View& view, const News& news, Size size);

/// A line about the agent, one of titles, one per row; ends in a line feed.
std::string plain_table(const Overview& overview, const View& view, const std::string& host);

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_PAGE_H
