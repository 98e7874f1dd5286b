// Which format a client gets, and the page in it: the one door to this room. Each format is a
// sibling file.
#ifndef SHM_EXPORTER_AGENT_RENDER_FORMAT_H
#define SHM_EXPORTER_AGENT_RENDER_FORMAT_H

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/model.h"

namespace shmx::render {

enum class Format { text, openmetrics_0_0_1, openmetrics_1_0_0, protobuf };

/// What the client asked for with its Accept header, as far as there is a choice.
struct Negotiated {
  Format format = Format::text;
  std::string escaping{};  ///< the scheme to name in the answer; empty: the client named none
  friend bool operator==(const Negotiated&, const Negotiated&) = default;
};

/// The best of what the client accepts; text 0.0.4 where it accepts nothing that there is.
/// `accept`: the header's value; of several headers, the values joined by commas. Never fails.
Negotiated negotiate(std::string_view accept);

/// The Content-Type of the answer.
std::string content_type(const Negotiated& negotiated);

/// What a page shows, besides its families. Equal choices of the same families are equal pages.
struct Choice {
  Format format = Format::text;
  std::vector<std::string> names{};  ///< of name[]; empty: all families
  bool created = false;              ///< OpenMetrics with _created; protobuf always has the time
  friend auto operator<=>(const Choice&,
                          const Choice&) = default;  // NOLINT: clang-tidy 14 sees a null pointer
};

/// Appends the page to `page`. Thread-safe on different strings. Throws std::bad_alloc only.
void append_page(const Choice& choice, std::span<const model::Family* const> families,
                 std::string& page);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_FORMAT_H
