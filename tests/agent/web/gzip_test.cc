// What is compressed is what a decompressor, which is not ours, gives back.
#include "agent/web/gzip.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <random>
#include <string>

#include "tests/agent/web/inflated.h"

namespace shmx::web {
namespace {

std::string noise(std::size_t bytes) {
  std::mt19937 random(1);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

class GzipOf : public ::testing::TestWithParam<std::string> {};

TEST_P(GzipOf, IsUndoneByZlib) {
  Gzip gzip;
  const Body body = gzip.compress(GetParam());
  EXPECT_EQ(inflated(body.bytes), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Bodies, GzipOf,
                         ::testing::Values("", "x", std::string(5'000'000, 'x'), noise(1),
                                           noise(100'000)));

TEST(Gzip, HoldsNoMoreMemoryThanItsBytesNeed) {
  Gzip gzip;
  const Body body = gzip.compress(std::string(5'000'000, 'x'));
  EXPECT_LT(::malloc_usable_size(const_cast<void*>(body.owner.get())), 100'000U);
}

TEST(Gzip, MakesAPageMuchSmaller) {
  std::string page;
  for (int i = 0; i < 1000; ++i) {
    page += "orders_total{job=\"shop\",kind=\"" + std::to_string(i) + "\"} 5\n";
  }
  Gzip gzip;
  EXPECT_LT(gzip.compress(page).bytes.size(), page.size() / 5);
}

TEST(Gzip, BodiesOfOneCompressorDoNotShareTheirMemory) {
  Gzip gzip;
  const Body first = gzip.compress("first");
  const Body second = gzip.compress("second");
  EXPECT_EQ(inflated(first.bytes), "first");
  EXPECT_EQ(inflated(second.bytes), "second");
}

}  // namespace
}  // namespace shmx::web
