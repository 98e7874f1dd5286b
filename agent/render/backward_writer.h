// Protobuf's wire format, written from a message's end to its beginning: what is within a message
// comes before its length then, so that each length is known when its turn comes, and nothing is
// measured first (https://protobuf.dev/programming-guides/encoding).
#ifndef SHM_EXPORTER_AGENT_RENDER_BACKWARD_WRITER_H
#define SHM_EXPORTER_AGENT_RENDER_BACKWARD_WRITER_H

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace shmx::render {

static_assert(std::endian::native == std::endian::little);  // As fixed64 is.

/// Of a 64-bit varint; a tag and a length take no more than this together.
inline constexpr std::size_t kMaxVarintBytes = 10;

class BackwardWriter {
 public:
  /// Writes below `end`. There must be room for all that is written.
  explicit BackwardWriter(char* end) noexcept : at_(end) {}

  /// The beginning of what was written.
  char* at() const noexcept { return at_; }

  void varint(std::uint64_t value) noexcept {
    if (value < 0x80) [[likely]] {
      *--at_ = static_cast<char>(value);
      return;
    }
    at_ -= (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7;
    char* to = at_;
    for (; value >= 0x80; value >>= 7U) {
      *to++ = static_cast<char>(value | 0x80U);
    }
    *to = static_cast<char>(value);
  }

  /// Small negative numbers in few bytes, as sint32 and sint64 are.
  void zigzag(std::int64_t value) noexcept {
    varint((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U));
  }

  void fixed64(double value) noexcept {
    at_ -= sizeof(value);
    std::memcpy(at_, &value, sizeof(value));
  }

  void bytes(std::string_view value) noexcept {
    at_ -= value.size();
    std::memcpy(at_, value.data(), value.size());
  }

  // Fields.
  void uint_field(unsigned field, std::uint64_t value) noexcept {
    varint(value);
    tag(field, 0);
  }
  void sint_field(unsigned field, std::int64_t value) noexcept {
    zigzag(value);
    tag(field, 0);
  }
  void double_field(unsigned field, double value) noexcept {
    fixed64(value);
    tag(field, 1);
  }
  void string_field(unsigned field, std::string_view value) noexcept {
    bytes(value);
    varint(value.size());
    tag(field, 2);
  }

  /// Completes a field whose content was written since at() was `end`: a message, or packed values.
  void close(unsigned field, const char* end) noexcept {
    varint(static_cast<std::uint64_t>(end - at_));
    tag(field, 2);
  }

 private:
  void tag(unsigned field, unsigned wire_type) noexcept { varint(field << 3U | wire_type); }

  char* at_;
};

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_BACKWARD_WRITER_H
