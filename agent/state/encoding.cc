#include "agent/state/encoding.h"

#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace shmx::state {
namespace {

void append_text(Bytes& bytes, const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  const auto* const size_bytes = reinterpret_cast<const unsigned char*>(&size);
  bytes.insert(bytes.end(), size_bytes, size_bytes + sizeof(size));
  bytes.insert(bytes.end(), text.begin(), text.end());
}

/// Takes a text off the front.
std::optional<std::string> take_text(std::span<const unsigned char>& bytes) {
  std::uint32_t size = 0;
  if (bytes.size() < sizeof(size)) {
    return std::nullopt;
  }
  std::memcpy(&size, bytes.data(), sizeof(size));
  bytes = bytes.subspan(sizeof(size));
  if (bytes.size() < size) {
    return std::nullopt;
  }
  std::string text(bytes.begin(), bytes.begin() + size);
  bytes = bytes.subspan(size);
  return text;
}

template <typename T>
Bytes encode_array(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!values.empty()) {
    std::memcpy(bytes.data(), values.data(), bytes.size());
  }
  return bytes;
}

template <typename T>
std::optional<std::vector<T>> decode_array(const Bytes& bytes) {
  if (bytes.size() % sizeof(T) != 0) {
    return std::nullopt;
  }
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) {
    std::memcpy(values.data(), bytes.data(), bytes.size());
  }
  return values;
}

}  // namespace

Bytes encode_labels(const Labels& labels) {
  Bytes bytes;
  for (const Label& label : labels) {
    append_text(bytes, label.name);
    append_text(bytes, label.value);
  }
  return bytes;
}

std::optional<Labels> decode_labels(const Bytes& bytes) {
  Labels labels;
  std::span<const unsigned char> rest(bytes);
  while (!rest.empty()) {
    auto name = take_text(rest);
    auto value = name ? take_text(rest) : std::nullopt;
    if (!value) {
      return std::nullopt;
    }
    labels.push_back({std::move(*name), std::move(*value)});
  }
  if (!labels_problem(labels).empty()) {
    return std::nullopt;
  }
  return labels;
}

Bytes encode_buckets(const FamilyDescriptor& family) {
  Bytes bytes;
  if (family.native) {
    const std::int32_t native[] = {family.native->schema, family.native->first_index,
                                   static_cast<std::int32_t>(family.native->count),
                                   family.native->negative ? 1 : 0};
    bytes.resize(sizeof(native));
    std::memcpy(bytes.data(), native, sizeof(native));
  }
  const Bytes bounds = encode_array(family.bounds);
  bytes.insert(bytes.end(), bounds.begin(), bounds.end());
  return bytes;
}

bool decode_buckets(const Bytes& bytes, bool native, FamilyDescriptor& family) {
  std::int32_t numbers[4];
  const std::size_t skipped = native ? sizeof(numbers) : 0;
  if (bytes.size() < skipped) {
    return false;
  }
  if (native) {
    std::memcpy(numbers, bytes.data(), sizeof(numbers));
    family.native = NativeBuckets{numbers[0], numbers[1], static_cast<std::uint32_t>(numbers[2]),
                                  numbers[3] != 0};
    if (!is_valid(*family.native)) {
      return false;
    }
  }
  auto bounds =
      decode_array<double>({bytes.begin() + static_cast<std::ptrdiff_t>(skipped), bytes.end()});
  if (!bounds) {
    return false;
  }
  family.bounds = std::move(*bounds);
  return true;
}

Bytes encode_ticks(const std::vector<model::Ticks>& ticks) {
  return encode_array(ticks);
}

std::optional<std::vector<model::Ticks>> decode_ticks(const Bytes& bytes) {
  return decode_array<model::Ticks>(bytes);
}

}  // namespace shmx::state
