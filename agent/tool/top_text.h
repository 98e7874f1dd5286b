// How much room text takes on a terminal, and text that fits: of names that strangers chose.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_TEXT_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_TEXT_H

#include <cstddef>
#include <string>
#include <string_view>

namespace shmx::tool::top {

/// Terminal columns of UTF-8 text, whatever the process' locale: 2 for East Asian wide characters,
/// 0 for combining ones, 1 for each byte that is no UTF-8.
std::size_t width_of(std::string_view text);

/// The text, or as much of its beginning as leaves room for an ellipsis, in at most so many
/// columns.
std::string cut(std::string_view text, std::size_t columns);

/// The text, or as much of its end, behind an ellipsis: where beginnings are alike.
std::string cut_beginning(std::string_view text, std::size_t columns);

/// cut(), and spaces behind or before it up to exactly so many columns.
std::string left_aligned(std::string_view text, std::size_t columns);
std::string right_aligned(std::string_view text, std::size_t columns);

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_TEXT_H
