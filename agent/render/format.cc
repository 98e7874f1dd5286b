#include "agent/render/format.h"

#include "agent/render/text.h"

namespace shmx::render {

Negotiated negotiate(std::string_view /*accept*/) {
  return {};
}

std::string content_type(const Negotiated& /*negotiated*/) {
  return std::string(kTextContentType);
}

void append_page(const Choice& choice, std::span<const model::Family* const> families,
                 std::string& page) {
  append_text(families, page, choice.names);
}

}  // namespace shmx::render
