// Bytes that no encoding gives are no value.
#include "agent/state/encoding.h"

#include <gtest/gtest.h>

namespace shmx::state {
namespace {

TEST(Encoding, GivesBackWhatWasPutIn) {
  const Labels labels = {{"a", ""}, {"b", std::string("x\0y", 3).substr(0, 1)}};
  EXPECT_EQ(decode_labels(encode_labels(labels)), labels);
  EXPECT_EQ(decode_labels({}), Labels{});
  const std::vector<model::Ticks> ticks = {0, -1, static_cast<model::Ticks>(1) << 100};
  EXPECT_TRUE(decode_ticks(encode_ticks(ticks)) == ticks);
  const std::vector<double> bounds = {-1.5, 0, 1e300};
  FamilyDescriptor classic;
  classic.kind = FamilyKind::histogram;
  classic.bounds = bounds;
  FamilyDescriptor both = classic;
  both.native = NativeBuckets{3, -159, 240, true};
  for (const FamilyDescriptor& family : {classic, both}) {
    FamilyDescriptor decoded;
    decoded.kind = FamilyKind::histogram;
    EXPECT_TRUE(decode_buckets(encode_buckets(family), family.native.has_value(), decoded));
    EXPECT_EQ(decoded, family);
  }
}

TEST(Encoding, RefusesEveryCutAndEveryTail) {
  const Bytes labels = encode_labels({{"name", "value"}, {"other", "x"}});
  for (std::size_t size = 1; size < labels.size(); ++size) {
    const auto cut = decode_labels(Bytes(labels.begin(), labels.begin() + static_cast<long>(size)));
    // Only between two labels a cut cannot be seen; the row's check is for that.
    EXPECT_TRUE(!cut || *cut == (Labels{{"name", "value"}})) << size;
  }
  EXPECT_FALSE(decode_ticks(Bytes(15)));
  FamilyDescriptor family;
  EXPECT_FALSE(decode_buckets(Bytes(9), false, family));
  EXPECT_FALSE(decode_buckets(Bytes(8), true, family));
  EXPECT_FALSE(decode_buckets(Bytes(16, 0xff), true, family));
}

TEST(Encoding, RefusesLabelsThatNoSegmentMayHave) {
  EXPECT_FALSE(decode_labels(encode_labels({{"b", "x"}, {"a", "y"}})));
  EXPECT_FALSE(decode_labels(encode_labels({{"not a name", "x"}})));
}

}  // namespace
}  // namespace shmx::state
