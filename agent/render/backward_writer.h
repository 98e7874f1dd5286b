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

/// How many bytes before those that it writes the writer may overwrite.
inline constexpr std::size_t kSlackBytes = 8;

class BackwardWriter {
 public:
  /// Writes below `end`. There must be room for all that is written, and kSlackBytes more.
  explicit BackwardWriter(char* end) noexcept : at_(end) {}

  /// The beginning of what was written.
  char* at() const noexcept { return at_; }

  /// Without a branch that depends on the value, but for huge ones: counts are of all lengths, and
  /// a branch that is mispredicted costs more than all of this.
  void varint(std::uint64_t value) noexcept {
    if (value >> 56U != 0) [[unlikely]] {
      long_varint(value);
      return;
    }
    // Groups of 7 bits become bytes: first halves of 28 bits, then quarters, then eighths.
    std::uint64_t spread = (value & 0xFFFFFFFU) | (value & 0xFFFFFFF0000000U) << 4U;
    spread = (spread & 0x3FFF00003FFFU) | (spread & 0xFFFC0000FFFC000U) << 2U;
    spread = (spread & 0x7F007F007F007FU) | (spread & 0x3F803F803F803F80U) << 1U;
    // Multiplying by 9/64 is dividing by 7, of so few bits.
    const auto size = (static_cast<unsigned>(std::bit_width(value | 1U)) * 9 + 64) / 64;
    const unsigned unused_bits = 64 - 8 * size;
    spread |= 0x80808080808080U >> unused_bits;  // All but the last byte say that there are more.
    spread <<= unused_bits;
    std::memcpy(at_ - sizeof(spread), &spread, sizeof(spread));
    at_ -= size;
  }

  /// Small negative numbers in few bytes, as sint32 and sint64 are.
  void zigzag(std::int64_t value) noexcept {
    varint((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U));
  }

  void fixed64(double value) noexcept {
    at_ -= sizeof(value);
    std::memcpy(at_, &value, sizeof(value));
  }

  /// Negative numbers of an sfixed64 are given by their two's complement.
  void fixed64(std::uint64_t value) noexcept {
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
  void fixed64_field(unsigned field, std::uint64_t value) noexcept {
    fixed64(value);
    tag(field, 1);
  }
  void string_field(unsigned field, std::string_view value) noexcept {
    bytes(value);
    length(value.size());
    tag(field, 2);
  }

  /// Completes a field whose content was written since at() was `end`: a message, or packed values.
  void close(unsigned field, const char* end) noexcept {
    length(static_cast<std::uint64_t>(end - at_));
    tag(field, 2);
  }

 private:
  void byte(std::uint64_t value) noexcept { *--at_ = static_cast<char>(value); }

  void long_varint(std::uint64_t value) noexcept {
    at_ -= (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7;
    char* to = at_;
    for (; value >= 0x80; value >>= 7U) {
      *to++ = static_cast<char>(value | 0x80U);
    }
    *to = static_cast<char>(value);
  }

  /// Most lengths, and all tags but one, are a byte, and predictably so.
  void length(std::uint64_t value) noexcept {
    if (value < 0x80) [[likely]] {
      byte(value);
    } else {
      varint(value);
    }
  }
  void tag(unsigned field, unsigned wire_type) noexcept { length(field << 3U | wire_type); }

  char* at_;
};

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_BACKWARD_WRITER_H
