// What a series derives from its labels once, so that no render has to.
#include "agent/model/model.h"

#include <string_view>
#include <utility>

namespace shmx::model {

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

void append_label_block(std::string& out, const Labels& labels) {
  for (const Label& label : labels) {
    if (&label != labels.data()) {
      out += ',';
    }
    out += label.name;
    out += "=\"";
    append_escaped(out, label.value);
    out += '"';
  }
}

Series::Series(Labels labels) : labels_(std::move(labels)) {
  append_label_block(label_block_, labels_);
  // Kept as long as the series lives, and there are many.
  label_block_.shrink_to_fit();
}

}  // namespace shmx::model
