// What somebody may have meant who mistyped a word.
#ifndef SHM_EXPORTER_AGENT_TOOL_SUGGESTION_H
#define SHM_EXPORTER_AGENT_TOOL_SUGGESTION_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shmx::tool {

/// The candidate that begins with the word, or else the one that the fewest typing errors (a letter
/// more, fewer, other, or two swapped) lead to, if these are at most a third of its letters. The
/// first of several; nothing when none is near.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_SUGGESTION_H
