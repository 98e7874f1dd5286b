// One page, in the format that was chosen.
#include "agent/render/format.h"

#include "agent/render/text.h"

namespace shmx::render {

void append_page(const Choice& choice, std::span<const model::Family* const> families,
                 std::string& page) {
  append_text(families, page, choice.names);
}

}  // namespace shmx::render
