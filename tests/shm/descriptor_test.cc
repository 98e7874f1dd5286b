#include "shm/descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "tests/shm/image.h"

namespace shmx::test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

FamilyDescriptor full_family() {
  FamilyDescriptor family = histogram_family("rpc:wait_seconds", {-1, 0, 0.5, 1e300});
  family.admits_negative = true;
  family.help =
      "Zeit \xc3\xbc"
      "ber alles, \xe2\x82\xac, \xf0\x9f\x8d\xba.";
  return family;
}

FamilyDescriptor native_family(std::vector<double> bounds) {
  FamilyDescriptor family = histogram_family("rpc:wait_seconds", std::move(bounds));
  family.native = NativeBuckets{3, -159, 240, false};
  return family;
}

FamilyDescriptor negative_family() {
  FamilyDescriptor family = full_family();
  family.native = NativeBuckets{-4, -62, 126, true};
  return family;
}

SeriesDescriptor full_series() {
  return SeriesDescriptor{3, 77, 6, true, {{"a", ""}, {"b", "\xc3\xa4 \"\n\\"}, {"c", "x"}}};
}

template <typename Record>
std::string problem_of(std::span<const std::byte> bytes) {
  Record out;
  return decode(bytes, out).expected;
}

TEST(DescriptorTest, AFamilyComesBackAsItWasEncoded) {
  FamilyDescriptor most_recent = gauge_family("level", GaugeMode::most_recent);
  most_recent.help.clear();
  for (const FamilyDescriptor& family :
       {full_family(), counter_family("c_total"), most_recent, histogram_family("h", {}),
        native_family({}), native_family({1, 2}), negative_family()}) {
    const std::vector<std::byte> bytes = encode(family);
    EXPECT_EQ(bytes.size() % 8, 0U);
    layout::RecordHeader header;
    std::memcpy(&header, bytes.data(), sizeof header);
    EXPECT_EQ(header.bytes, bytes.size());
    FamilyDescriptor out;
    EXPECT_EQ(decode(bytes, out).expected, "");
    EXPECT_EQ(out, family);
  }
}

TEST(DescriptorTest, ASeriesComesBackAsItWasEncoded) {
  const SeriesDescriptor series = full_series();
  SeriesDescriptor out;
  EXPECT_EQ(decode(encode(series), out).expected, "");
  EXPECT_EQ(out.family, series.family);
  EXPECT_EQ(out.first_cell, series.first_cell);
  EXPECT_EQ(out.cell_count, series.cell_count);
  EXPECT_EQ(out.overflow, series.overflow);
  EXPECT_EQ(out.labels, series.labels);
}

TEST(DescriptorTest, ADescriptorAtEveryLimitIsAcceptedAndOneBeyondIsNot) {
  FamilyDescriptor family = full_family();
  family.name = std::string(layout::kMaxNameBytes, 'n');
  family.help = std::string(layout::kMaxHelpBytes, 'h');
  family.unit = std::string(layout::kMaxUnitBytes, 'u');
  family.bounds.clear();
  for (std::size_t i = 0; i < layout::kMaxBounds; ++i) {
    family.bounds.push_back(static_cast<double>(i));
  }
  FamilyDescriptor out;
  EXPECT_EQ(decode(encode(family), out).expected, "");
  EXPECT_EQ(out, family);

  const auto refused = [&](auto change) {
    FamilyDescriptor beyond = family;
    change(beyond);
    return !family_problem(beyond).empty();
  };
  EXPECT_TRUE(refused([](auto& f) { f.name += 'n'; }));
  EXPECT_TRUE(refused([](auto& f) { f.help += 'h'; }));
  EXPECT_TRUE(refused([](auto& f) { f.unit += 'u'; }));
  EXPECT_TRUE(refused([](auto& f) { f.bounds.push_back(1e9); }));

  Labels labels;
  for (std::size_t i = 0; i < layout::kMaxLabels; ++i) {
    const std::string name{static_cast<char>('a' + i / 26), static_cast<char>('a' + i % 26)};
    labels.push_back({name, ""});
  }
  EXPECT_EQ(labels_problem(labels), "");
  labels.push_back({"zz", ""});
  EXPECT_NE(labels_problem(labels), "");
  const std::string name(layout::kMaxNameBytes, 'a');
  const std::string value(layout::kMaxLabelValueBytes, 'v');
  SeriesDescriptor series{0, 1, 1, false, {{name, value}}};
  EXPECT_EQ(decode(encode(series), series).expected, "");
  EXPECT_EQ(series.labels, (Labels{{name, value}}));
  EXPECT_NE(labels_problem({{"a", value + "v"}}), "");
  EXPECT_NE(labels_problem({{name + "a", ""}}), "");
}

TEST(DescriptorTest, ASeriesLabelsAreLimitedTogether) {
  Labels labels;
  for (char c = 'a'; c < 'a' + 8; ++c) {
    labels.push_back({std::string(1, c), std::string(kMaxSeriesLabelBytes / 8 - 1, 'v')});
  }
  SeriesDescriptor series{0, 1, 1, false, labels};
  EXPECT_EQ(decode(encode(series), series).expected, "");
  EXPECT_EQ(series.labels, labels);
  series.labels.back().value += 'v';
  EXPECT_THAT(labels_problem(series.labels), testing::HasSubstr("4096 bytes"));
  const Flaw flaw = decode(encode(series), series);
  EXPECT_EQ(flaw.part, Flaw::Part::shape);
  EXPECT_THAT(flaw.expected, testing::HasSubstr("4096 bytes"));
}

TEST(DescriptorTest, NamesAreThoseThatPrometheusTakes) {
  for (const char* name : {"a", "_", ":", "a1", "A_b:c9"}) {
    EXPECT_TRUE(is_metric_name(name)) << name;
  }
  for (const char* name : {"", "1a", "a-b", "a b", "a{", "\xc3\xa4", "a\n", "a.b"}) {
    EXPECT_FALSE(is_metric_name(name)) << name;
    EXPECT_FALSE(is_label_name(name)) << name;
  }
  EXPECT_FALSE(is_metric_name(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_label_name("_a1"));
  EXPECT_FALSE(is_label_name("a:b"));
}

TEST(DescriptorTest, Utf8IsWellFormedOrRefused) {
  for (const char* text :
       {"", "abc", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf",
                           "\xe2\x82", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x8d",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff", "ok\xc3"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(DescriptorTest, NulIsRefusedBecausePrometheusRefusesTheWholePageThatHoldsOne) {
  const std::string value("a\0b", 3);
  EXPECT_FALSE(is_utf8(value));
  EXPECT_NE(labels_problem({{"a", value}}), "");
  FamilyDescriptor family;
  family.name = "x_total";
  family.help = value;
  EXPECT_NE(family_problem(family), "");
}

TEST(DescriptorTest, AFamilyThatMakesNoSenseIsRefused) {
  const auto refused = [](FamilyDescriptor family, auto change) {
    change(family);
    return !family_problem(family).empty() && !problem_of<FamilyDescriptor>(encode(family)).empty();
  };
  const FamilyDescriptor counter = counter_family("c_total");
  const FamilyDescriptor gauge = gauge_family("g", GaugeMode::max);
  const FamilyDescriptor histogram = full_family();
  EXPECT_TRUE(refused(counter, [](auto& f) { f.mode = GaugeMode::sum; }));
  EXPECT_TRUE(refused(counter, [](auto& f) { f.bounds = {1}; }));
  EXPECT_TRUE(refused(counter, [](auto& f) { f.admits_negative = true; }));
  EXPECT_TRUE(refused(counter, [](auto& f) { f.ticks_per_unit = 0; }));
  EXPECT_TRUE(refused(counter, [](auto& f) { f.ticks_per_unit = UINT64_MAX; }));
  EXPECT_TRUE(refused(counter, [](auto& f) { f.name = ""; }));
  EXPECT_TRUE(refused(counter, [](auto& f) { f.help = "\xff"; }));
  EXPECT_TRUE(refused(counter, [](auto& f) { f.unit = "no unit"; }));
  EXPECT_TRUE(refused(gauge, [](auto& f) { f.mode = GaugeMode::none; }));
  EXPECT_TRUE(refused(gauge, [](auto& f) { f.mode = static_cast<GaugeMode>(7); }));
  EXPECT_TRUE(refused(histogram, [](auto& f) { f.bounds = {1, 1}; }));
  EXPECT_TRUE(refused(histogram, [](auto& f) { f.bounds = {2, 1}; }));
  EXPECT_TRUE(refused(histogram, [](auto& f) { f.bounds = {std::nan("")}; }));
  EXPECT_TRUE(refused(histogram, [](auto& f) { f.bounds = {1, kInf}; }));
  EXPECT_TRUE(refused(histogram, [](auto& f) { f.bounds = {-kInf, 1}; }));
}

TEST(DescriptorTest, LabelsAreSortedEachOnceAndWellFormed) {
  EXPECT_EQ(labels_problem({}), "");
  EXPECT_EQ(labels_problem({{"a", "1"}, {"b", ""}}), "");
  EXPECT_NE(labels_problem({{"b", "1"}, {"a", "1"}}), "");
  EXPECT_NE(labels_problem({{"a", "1"}, {"a", "2"}}), "");
  EXPECT_NE(labels_problem({{"", "1"}}), "");
  EXPECT_NE(labels_problem({{"a:b", "1"}}), "");
  EXPECT_NE(labels_problem({{"a", "\xed\xa0\x80"}}), "");
}

TEST(DescriptorTest, AFamilyOfAnUnknownKindIsItsKindAlone) {
  FamilyDescriptor family = counter_family("c_total");
  family.kind = static_cast<FamilyKind>(9);
  family.name = "\xff not a name";
  FamilyDescriptor out;
  EXPECT_EQ(decode(encode(family), out).expected, "");
  EXPECT_EQ(static_cast<int>(out.kind), 9);
  EXPECT_FALSE(is_known(out.kind));
  EXPECT_EQ(out.name, "");
}

TEST(DescriptorTest, NativeBucketsAreAHistogramsAndNegativeIfItAdmitsThat) {
  EXPECT_EQ(family_problem(native_family({1})), "");
  EXPECT_EQ(family_problem(negative_family()), "");
  FamilyDescriptor family = native_family({});
  family.native->negative = true;
  EXPECT_NE(family_problem(family), "");
  family.admits_negative = true;
  EXPECT_EQ(family_problem(family), "");
  family.native->negative = false;
  EXPECT_NE(family_problem(family), "");
  FamilyDescriptor counter = counter_family("c_total");
  counter.native = NativeBuckets{0, 1, 1, false};
  EXPECT_NE(family_problem(counter), "");
}

TEST(DescriptorTest, CellsFollowFromTheFamily) {
  EXPECT_EQ(cells_of(counter_family("c")), 1U);
  EXPECT_EQ(cells_of(gauge_family("g", GaugeMode::sum)), 1U);
  EXPECT_EQ(cells_of(gauge_family("g", GaugeMode::in_flight)), 1U);
  EXPECT_EQ(cells_of(gauge_family("g", GaugeMode::most_recent)), 2U);
  EXPECT_EQ(cells_of(histogram_family("h", {})), 2U);
  EXPECT_EQ(cells_of(histogram_family("h", {1, 2, 3})), 5U);
  EXPECT_EQ(cells_of(native_family({})), 243U);
  EXPECT_EQ(cells_of(native_family({1, 2})), 246U);
  EXPECT_EQ(cells_of(negative_family()), 5U + 128 + 127 + 1);
}

TEST(DescriptorTest, AGaugeCellTellsNeverSetFromEveryValue) {
  EXPECT_EQ(gauge_from_cell(0), std::nullopt);
  for (const double value : {0.0, -0.0, 1.5, -7.25, 5e-324, kInf, -kInf}) {
    EXPECT_NE(gauge_to_cell(value), 0U) << value;
    EXPECT_EQ(gauge_from_cell(gauge_to_cell(value)), value);
  }
  double all_ones = 0;
  std::memset(&all_ones, 0xff, sizeof all_ones);
  for (const double nan : {std::nan(""), all_ones}) {
    EXPECT_NE(gauge_to_cell(nan), 0U);
    EXPECT_TRUE(std::isnan(*gauge_from_cell(gauge_to_cell(nan))));
  }
}

TEST(DescriptorTest, ARecordCutAnywhereIsRefusedOrHarmless) {
  // What is cut off the end of a right record is either needed (refused) or padding.
  for (const std::vector<std::byte>& family : {encode(full_family()), encode(negative_family())}) {
    for (std::size_t size = 0; size + 8 <= family.size(); ++size) {
      EXPECT_NE(problem_of<FamilyDescriptor>(std::span(family).first(size)), "") << size;
    }
  }
  const std::vector<std::byte> series = encode(full_series());
  for (std::size_t size = 0; size + 8 <= series.size(); ++size) {
    EXPECT_NE(problem_of<SeriesDescriptor>(std::span(series).first(size)), "") << size;
  }
}

TEST(DescriptorTest, HostileLengthsNeverReachBeyondTheRecord) {
  // Every 16-bit field at its largest, one after the other. The record is copied into memory of
  // exactly its size, so that a sanitizer sees a read beyond it.
  const auto attack = [](const std::vector<std::byte>& good, auto decode_it) {
    for (std::size_t at = 8; at + 2 <= good.size(); at += 2) {
      std::vector<std::byte> bad(good);
      std::memset(bad.data() + at, 0xff, 2);
      decode_it(std::span<const std::byte>(bad));
    }
  };
  int refused = 0;
  attack(encode(full_family()),
         [&](auto bytes) { refused += problem_of<FamilyDescriptor>(bytes).empty() ? 0 : 1; });
  attack(encode(negative_family()),
         [&](auto bytes) { refused += problem_of<FamilyDescriptor>(bytes).empty() ? 0 : 1; });
  attack(encode(full_series()),
         [&](auto bytes) { refused += problem_of<SeriesDescriptor>(bytes).empty() ? 0 : 1; });
  EXPECT_GT(refused, 10);
}

TEST(DescriptorTest, RandomBytesAreDecodedToSomethingValidOrRefused) {
  std::mt19937_64 random(20240229);
  const std::vector<std::byte> family = encode(full_family());
  const std::vector<std::byte> native = encode(negative_family());
  const std::vector<std::byte> series = encode(full_series());
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes = round % 3 == 0 ? family : round % 3 == 1 ? native : series;
    for (std::uint64_t n = random() % 6 + 1; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    FamilyDescriptor f;
    if (decode(bytes, f).none() && is_known(f.kind)) {
      EXPECT_EQ(family_problem(f), "");
    }
    SeriesDescriptor s;
    if (decode(bytes, s).none()) {
      EXPECT_EQ(labels_problem(s.labels), "");
    }
  }
}

}  // namespace
}  // namespace shmx::test
