// Messages against bytes that are put together by field number
// (https://github.com/open-telemetry/opentelemetry-proto): what a wrong number in our .proto files
// would hide from both sides. Nothing of protobuf is used here.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/otlp/encoder.h"
#include "tests/agent/render/models.h"

namespace shmx::otlp {
namespace {

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value /= 128) {
    bytes += static_cast<char>(value % 128 + 128);
  }
  return bytes + static_cast<char>(value);
}

std::string fixed(std::uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i, value /= 256) {
    bytes += static_cast<char>(value % 256);
  }
  return bytes;
}

std::string fixed(double value) {
  return fixed(std::bit_cast<std::uint64_t>(value));
}

// Fields: of a varint, of 64 bits, of what has a length.
std::string number(unsigned field, std::uint64_t value) {
  return varint(field * 8) + varint(value);
}
template <typename Value>
std::string wide(unsigned field, Value value) {
  return varint(field * 8 + 1) + fixed(value);
}
std::string bytes(unsigned field, std::string_view content) {
  return varint(field * 8 + 2) + varint(content.size()) + std::string(content);
}

std::string attribute(unsigned field, std::string_view key, std::string_view value) {
  return bytes(field, bytes(1, key) + bytes(2, bytes(1, value)));
}

constexpr std::uint64_t kNow = 2000;
constexpr std::uint64_t kStart = 1500;

/// The request around a metric.
std::string request_of(const std::string& metric) {
  const std::string resource =
      bytes(1, attribute(1, "service.name", "orders") +
                   attribute(1, "service.instance.id", "host-1") + attribute(1, "host.name", "h"));
  const std::string scope = bytes(1, bytes(1, "shm_exporter"));
  return bytes(1, resource + bytes(2, scope + bytes(2, metric)));
}

std::string encode(model::FamilyInfo info, render::Value value,
                   std::vector<model::Exemplar> exemplars = {},
                   Temporality temporality = Temporality::cumulative) {
  model::Point point = render::point({{"job", "orders"}, {"m", "a"}}, std::move(value));
  point.created_unix_ns = kStart;
  point.exemplars = std::move(exemplars);
  const model::Family family{std::make_shared<model::FamilyInfo>(std::move(info)), {point}};
  const std::vector<const model::Family*> families = {&family};
  const Options options{.resource = {{"host.name", "h"}}, .instance = "host-1"};
  Encoder encoder(options, families, {.temporality = temporality, .unix_ns = kNow});
  return encoder.next(1 << 20)->bytes;
}

const std::string kExemplar = wide(2, std::uint64_t{1700}) + wide(3, 2.5) +
                              bytes(4, "\x01\x23\x45\x67\x89\xab\xcd\xef") +
                              bytes(5, std::string(16, '\xff')) + attribute(7, "a", "b");

std::vector<model::Exemplar> exemplars() {
  return {{{{"a", "b"}, {"span_id", "0123456789abcdef"}, {"trace_id", std::string(32, 'f')}},
           2.5,
           1700}};
}

TEST(Wire, ACounterIsASum) {
  const std::string point = wide(2, kStart) + wide(3, kNow) + bytes(5, kExemplar) +
                            wide(6, std::uint64_t{42}) + attribute(7, "m", "a");
  const std::string data = bytes(1, point) + number(2, 2) + number(3, 1);
  EXPECT_EQ(encode({"sent_bytes_total", "Help.", "bytes", model::Type::counter, 1, {}},
                   model::CounterValue{42}, exemplars()),
            request_of(bytes(1, "sent_bytes_total") + bytes(2, "Help.") + bytes(3, "By") +
                       bytes(7, data)));
}

TEST(Wire, ACounterOfPartsOfAUnitIsADouble) {
  const std::string point = wide(2, kStart) + wide(3, kNow) + wide(4, 1.5) + attribute(7, "m", "a");
  const std::string data = bytes(1, point) + number(2, 1) + number(3, 1);
  EXPECT_EQ(encode({"cpu_total", "", "", model::Type::counter, 1000, {}}, model::CounterValue{1500},
                   {}, Temporality::delta),
            request_of(bytes(1, "cpu_total") + bytes(7, data)));
}

TEST(Wire, AGaugeHasNoBeginning) {
  const std::string point = wide(3, kNow) + wide(4, -2.5) + attribute(7, "m", "a");
  EXPECT_EQ(encode({"depth", "", "", model::Type::gauge, 1, {}}, model::GaugeValue{-2.5}),
            request_of(bytes(1, "depth") + bytes(5, bytes(1, point))));
}

TEST(Wire, AClassicHistogramHasExplicitBounds) {
  const std::string counts =
      fixed(std::uint64_t{1}) + fixed(std::uint64_t{0}) + fixed(std::uint64_t{300});
  const std::string point = wide(2, kStart) + wide(3, kNow) + wide(4, std::uint64_t{301}) +
                            wide(5, 7.0) + bytes(6, counts) + bytes(7, fixed(0.5) + fixed(2.5)) +
                            bytes(8, kExemplar) + attribute(9, "m", "a");
  const std::string data = bytes(1, point) + number(2, 2);
  EXPECT_EQ(encode({"took_seconds", "", "seconds", model::Type::histogram, 10, {0.5, 2.5}},
                   model::HistogramValue{{1, 0, 300}, 70}, exemplars()),
            request_of(bytes(1, "took_seconds") + bytes(3, "s") + bytes(9, data)));
}

TEST(Wire, ANativeHistogramIsExponential) {
  // Cells: zero; positive 4 to 6, i.e. (8, 64], and overflow; negative ones and overflow.
  const NativeBuckets native{0, 4, 3, true};
  const std::string positive = number(1, 2 * 3) + bytes(2, varint(300) + varint(0) + varint(1));
  const std::string negative = number(1, 2 * 4) + bytes(2, varint(2));
  const std::string point = attribute(1, "m", "a") + wide(2, kStart) + wide(3, kNow) +
                            wide(4, std::uint64_t{308}) + wide(5, 7.0) + number(6, 0) +
                            wide(7, std::uint64_t{5}) + bytes(8, positive) + bytes(9, negative) +
                            bytes(11, kExemplar) + wide(14, 8.0);
  const std::string data = bytes(1, point) + number(2, 1);
  EXPECT_EQ(encode({"took", "", "", model::Type::histogram, 10, {}, native},
                   model::HistogramValue{{}, 70, {5, 300, 0, 1, 0, 0, 2, 0, 0}}, exemplars(),
                   Temporality::delta),
            request_of(bytes(1, "took") + bytes(10, data)));
}

}  // namespace
}  // namespace shmx::otlp
