// What a series derives from its labels once, so that no render has to.
#include "agent/model/model.h"

#include <string_view>
#include <utility>

namespace shmx::model {
namespace {

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '"':
        out += "\\\"";
        break;
      default:
        out += c;
    }
  }
}

std::string to_block(const Labels& labels) {
  std::string block;
  for (const Label& label : labels) {
    if (!block.empty()) {
      block += ',';
    }
    block += label.name;
    block += "=\"";
    append_escaped(block, label.value);
    block += '"';
  }
  // Kept as long as the series lives, and there are many.
  block.shrink_to_fit();
  return block;
}

}  // namespace

Series::Series(Labels labels) : labels_(std::move(labels)), label_block_(to_block(labels_)) {}

}  // namespace shmx::model
