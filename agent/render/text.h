// Prometheus text 0.0.4. Other formats are siblings of this file, not options of it.
#ifndef SHM_EXPORTER_AGENT_RENDER_TEXT_H
#define SHM_EXPORTER_AGENT_RENDER_TEXT_H

#include <span>
#include <string>
#include <string_view>

#include "agent/model/model.h"

namespace shmx::render {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Appends the families, in their order, to `text`; a string that is kept and cleared between
/// renders allocates nothing once it is large enough (a fresh one costs several times as much: its
/// memory is paged in anew). `names` restricts to families with a sample of such a name (none:
/// all). A family without points leaves no trace. Thread-safe on different strings.
void append_text(std::span<const model::Family* const> families, std::string& text,
                 std::span<const std::string> names = {});
void append_text(const model::Snapshot& snapshot, std::string& text);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_TEXT_H
