// Protobuf's wire format, as protobuf's own coder reads it.
#include "agent/render/backward_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <gtest/gtest.h>

#include <array>
#include <iterator>
#include <limits>
#include <string>

namespace shmx::render {
namespace {

template <typename Write>
std::string written(const Write& write) {
  std::array<char, 64> room{};
  BackwardWriter out(std::end(room));
  write(out);
  return {out.at(), static_cast<std::size_t>(std::end(room) - out.at())};
}

TEST(BackwardWriter, VarintsOfAllLengthsAreRight) {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    const std::uint64_t power = bits < 64 ? std::uint64_t{1} << bits : 0;
    for (const std::uint64_t value : {power - 1, power, power + 1, power | 0x55}) {
      const std::string bytes = written([&](BackwardWriter& out) { out.varint(value); });
      google::protobuf::io::CodedInputStream stream(
          reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
      std::uint64_t read = 0;
      ASSERT_TRUE(stream.ReadVarint64(&read)) << value;
      EXPECT_EQ(read, value);
      EXPECT_EQ(stream.CurrentPosition(), static_cast<int>(bytes.size())) << value;
      EXPECT_EQ(bytes.size(), google::protobuf::io::CodedOutputStream::VarintSize64(value));
    }
  }
}

TEST(BackwardWriter, SignedNumbersAreZigzagged) {
  const auto zigzag = [](std::int64_t value) {
    return written([&](BackwardWriter& out) { out.zigzag(value); });
  };
  EXPECT_EQ(zigzag(0), std::string(1, '\0'));
  EXPECT_EQ(zigzag(-1), "\x01");
  EXPECT_EQ(zigzag(1), "\x02");
  EXPECT_EQ(zigzag(-64), "\x7f");
  EXPECT_EQ(zigzag(std::numeric_limits<std::int64_t>::min()),
            "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST(BackwardWriter, NumbersOf64BitsHaveTheLowestByteFirst) {
  EXPECT_EQ(written([](BackwardWriter& out) { out.fixed64_field(2, 0x0102030405060708U); }),
            "\x11\x08\x07\x06\x05\x04\x03\x02\x01");
}

TEST(BackwardWriter, WhatIsWrittenLastComesFirst) {
  EXPECT_EQ(written([](BackwardWriter& out) {
              const char* const end = out.at();
              out.string_field(2, "b");
              out.uint_field(1, 300);
              out.close(16, end);
            }),
            std::string("\x82\x01\x06\x08\xac\x02\x12\x01"
                        "b"));
}

}  // namespace
}  // namespace shmx::render
