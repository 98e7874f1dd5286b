// See exemplars.h. Within a message fields are written last to first.
#include "agent/otlp/exemplars.h"

#include <algorithm>
#include <string_view>

#include "agent/otlp/attributes.h"

namespace shmx::otlp {
namespace {

using render::BackwardWriter;

constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kSpanIdBytes = 8;
static_assert(kTraceIdBytes < kMaxAttributeBytes && kSpanIdBytes < kMaxAttributeBytes);

/// The value of a digit; 16 or more if it is none.
unsigned nibble(char digit) noexcept {
  if (digit >= '0' && digit <= '9') {
    return static_cast<unsigned>(digit - '0');
  }
  const unsigned letter = static_cast<unsigned char>(digit) | 0x20U;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 16;
}

bool is_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char digit) { return nibble(digit) < 16; });
}

/// How many bytes the label's id has; 0 if it is none.
std::size_t id_bytes(const Label& label) noexcept {
  const std::size_t bytes = label.name == "trace_id"  ? kTraceIdBytes
                            : label.name == "span_id" ? kSpanIdBytes
                                                      : 0;
  return label.value.size() == 2 * bytes && is_hex(label.value) ? bytes : 0;
}

void write_id(const Label& label, BackwardWriter& out) noexcept {
  char id[kTraceIdBytes];
  const std::size_t size = label.value.size() / 2;
  for (std::size_t i = 0; i < size; ++i) {
    id[i] = static_cast<char>(nibble(label.value[2 * i]) << 4U | nibble(label.value[2 * i + 1]));
  }
  out.string_field(size == kTraceIdBytes ? 5 : 4, {id, size});
}

void write_exemplar(unsigned field, const model::Exemplar& exemplar, BackwardWriter& out) noexcept {
  const char* const end = out.at();
  for (auto label = exemplar.labels.rbegin(); label != exemplar.labels.rend(); ++label) {
    if (id_bytes(*label) == 0) {
      write_attribute(7, label->name, label->value, out);
    }
  }
  for (auto label = exemplar.labels.rbegin(); label != exemplar.labels.rend(); ++label) {
    if (id_bytes(*label) != 0) {
      write_id(*label, out);
    }
  }
  out.double_field(3, exemplar.value);
  if (exemplar.unix_ns > 0) {
    out.fixed64_field(2, static_cast<std::uint64_t>(exemplar.unix_ns));
  }
  out.close(field, end);
}

}  // namespace

std::size_t max_exemplars_bytes(std::span<const model::Exemplar> exemplars) noexcept {
  std::size_t bytes = 0;
  for (const model::Exemplar& exemplar : exemplars) {
    bytes += 3 * kMaxFieldBytes;
    for (const Label& label : exemplar.labels) {
      bytes += label.name.size() + label.value.size() + kMaxAttributeBytes;
    }
  }
  return bytes;
}

void write_exemplars(unsigned field, std::span<const model::Exemplar> exemplars,
                     BackwardWriter& out) noexcept {
  for (auto exemplar = exemplars.rbegin(); exemplar != exemplars.rend(); ++exemplar) {
    write_exemplar(field, *exemplar, out);
  }
}

}  // namespace shmx::otlp
