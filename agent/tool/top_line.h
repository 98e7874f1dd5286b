// A line of `shmtool top` before it is drawn: text whose parts look different.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_LINE_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_LINE_H

#include <string>
#include <vector>

namespace shmx::tool::top {

enum class Style { plain, strong, faint, title, alarm };

struct Span {
  std::string text;  ///< printable
  Style style = Style::plain;
};

using Line = std::vector<Span>;

/// Without the styles, and without spaces at the end.
std::string plain_text(const Line& line);

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_LINE_H
