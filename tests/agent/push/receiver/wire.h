// Protobuf's wire format by field number, written without any generated class.
// https://protobuf.dev/programming-guides/encoding
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_WIRE_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_WIRE_H

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace shmx::testing::wire {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

/// uint64, int64, bool, enum.
inline std::string number(unsigned field, std::uint64_t value) {
  return varint(field << 3) + varint(value);
}

/// sint32, sint64.
inline std::string zigzag(unsigned field, std::int64_t value) {
  return number(field,
                (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

/// A string, bytes or a message.
inline std::string bytes(unsigned field, const std::string& content) {
  return varint(field << 3 | 2) + varint(content.size()) + content;
}

inline std::string eight_bytes(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// fixed64, sfixed64.
inline std::string fixed64(unsigned field, std::uint64_t value) {
  return varint(field << 3 | 1) + eight_bytes(value);
}

inline std::string real(unsigned field, double value) {
  return fixed64(field, std::bit_cast<std::uint64_t>(value));
}

inline std::string packed_fixed64(unsigned field, std::initializer_list<std::uint64_t> values) {
  std::string content;
  for (const auto value : values) content += eight_bytes(value);
  return bytes(field, content);
}

inline std::string packed_reals(unsigned field, std::initializer_list<double> values) {
  std::string content;
  for (const auto value : values) content += eight_bytes(std::bit_cast<std::uint64_t>(value));
  return bytes(field, content);
}

inline std::string packed_varints(unsigned field, std::initializer_list<std::uint64_t> values) {
  std::string content;
  for (const auto value : values) content += varint(value);
  return bytes(field, content);
}

}  // namespace shmx::testing::wire

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_WIRE_H
