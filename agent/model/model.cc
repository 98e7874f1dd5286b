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

namespace {

void append_varint(std::string& out, std::size_t value) {
  for (; value >= 0x80; value >>= 7U) {
    out += static_cast<char>(value | 0x80U);
  }
  out += static_cast<char>(value);
}

/// A field that is preceded by its length.
void append_field(std::string& out, unsigned field, std::string_view content) {
  constexpr unsigned kLengthDelimited = 2;
  out += static_cast<char>(field << 3U | kLengthDelimited);
  append_varint(out, content.size());
  out += content;
}

}  // namespace

Series::Series(Labels labels) : labels_(std::move(labels)) {
  append_label_block(label_block_, labels_);
  // Kept as long as the series lives, and there are many.
  label_block_.shrink_to_fit();
}

Series::~Series() {
  // Whoever held the series last let go of it before: nobody publishes a block any more.
  delete label_pairs_.load(std::memory_order_relaxed);
}

const std::string& Series::make_label_pairs() const {
  std::string pairs;
  std::string pair;
  for (const Label& label : labels_) {
    pair.clear();
    append_field(pair, 1, label.name);
    append_field(pair, 2, label.value);
    append_field(pairs, 1, pair);
  }
  auto made = std::make_unique<const std::string>(pairs.begin(), pairs.end());
  // Release: publishes the block. Acquire: another thread may have published one before.
  const std::string* published = nullptr;
  if (label_pairs_.compare_exchange_strong(published, made.get(), std::memory_order_acq_rel,
                                           std::memory_order_acquire)) {
    published = made.release();
  }
  return *published;
}

}  // namespace shmx::model
