// Admits the values of a metadata label.
#include "shim/label_values.h"

#include <mutex>

#include "shm/descriptor.h"
#include "shm/registry.h"

namespace shmx {

LabelValues::LabelValues(std::size_t max_value_bytes, std::uint32_t max_values)
    : max_value_bytes_(max_value_bytes), max_values_(max_values) {}

const std::string* LabelValues::find(std::string_view value) {
  const std::shared_lock lock(mutex_);
  const auto known = values_.find(value);
  return known == values_.end() ? nullptr : &*known;
}

const std::string* LabelValues::insert(std::string_view value) {
  const std::lock_guard lock(mutex_);
  const auto known = values_.find(value);
  if (known != values_.end()) {
    return &*known;
  }
  return values_.size() < max_values_ ? &*values_.emplace(value).first : nullptr;
}

const std::string* LabelValues::admit(std::string_view value) {
  if (value.empty()) {
    return &empty_;
  }
  if (value == kOverflowValue) {
    return &overflow_;
  }
  const std::string* admitted = nullptr;
  if (value.size() <= max_value_bytes_) {
    admitted = find(value);
    if (admitted == nullptr && is_utf8(value)) {
      admitted = insert(value);
    }
  }
  if (admitted == nullptr) {
    count_loss(layout::Loss::label_values_overflowed);
    return &overflow_;
  }
  return admitted;
}

}  // namespace shmx
