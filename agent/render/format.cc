// One page, in the format that was chosen.
#include "agent/render/format.h"

#include "agent/render/openmetrics.h"
#include "agent/render/protobuf.h"
#include "agent/render/text.h"

namespace shmx::render {

void append_page(const Choice& choice, std::span<const model::Family* const> families,
                 std::string& page) {
  switch (choice.format) {
    case Format::text:
      append_text(families, page, choice.names);
      return;
    case Format::openmetrics_0_0_1:
    case Format::openmetrics_1_0_0:
      append_openmetrics(families, page, choice.names, choice.created);
      return;
    case Format::protobuf:
      append_protobuf(families, page, choice.names);
      return;
  }
}

}  // namespace shmx::render
