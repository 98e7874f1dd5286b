// The values of a metadata label: what is admitted, what overflows, and that this is counted.
#include "shim/label_values.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "shm/registry.h"

namespace shmx {
namespace {

std::uint64_t overflowed() {
  return losses()[static_cast<std::size_t>(layout::Loss::label_values_overflowed)];
}

TEST(LabelValues, GiveEqualValuesTheSameObject) {
  LabelValues values(64, 100);
  const std::string* const red = values.admit("red");
  EXPECT_EQ(*red, "red");
  EXPECT_EQ(values.admit("blue"), values.admit(std::string("blue")));
  EXPECT_EQ(values.admit("red"), red);
}

TEST(LabelValues, BeyondTheNumberAreOverflowAndTheFirstOnesStay) {
  LabelValues values(64, 2);
  const std::uint64_t before = overflowed();
  EXPECT_EQ(*values.admit("a"), "a");
  EXPECT_EQ(*values.admit("b"), "b");
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(values.admit(std::string("c").append(std::to_string(i))), values.overflow());
  }
  EXPECT_EQ(*values.admit("a"), "a");
  EXPECT_EQ(overflowed() - before, 10'000U);
}

TEST(LabelValues, ThatAreTooLongAreOverflow) {
  LabelValues values(4, 100);
  EXPECT_EQ(*values.admit("four"), "four");
  EXPECT_EQ(values.admit("fiver"), values.overflow());
}

TEST(LabelValues, ThatAreNotTextAreOverflow) {
  LabelValues values(64, 100);
  EXPECT_EQ(values.admit("\xff\xfe"), values.overflow());
  EXPECT_EQ(values.admit("\xc0\xaf"), values.overflow());
  EXPECT_EQ(*values.admit("grün"), "grün");
}

TEST(LabelValues, ThatAreEmptyAreAdmittedAlways) {
  LabelValues values(64, 0);
  EXPECT_EQ(*values.admit(""), "");
  EXPECT_EQ(values.admit("a"), values.overflow());
}

}  // namespace
}  // namespace shmx
