#include "agent/web/token_bucket.h"

#include <gtest/gtest.h>

namespace shmx::web {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TokenBucket::Time kStart{std::chrono::hours(5)};

TEST(TokenBucket, GrantsABurstAndThenOnePerInterval) {
  TokenBucket bucket({seconds(1), 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart + milliseconds(999)));
  EXPECT_TRUE(bucket.take(kStart + seconds(1)));
  EXPECT_FALSE(bucket.take(kStart + seconds(1)));
}

TEST(TokenBucket, FillsToItsBurstAndNoFurther) {
  TokenBucket bucket({seconds(1), 2});
  EXPECT_TRUE(bucket.take(kStart));
  const auto later = kStart + seconds(3600);
  EXPECT_TRUE(bucket.take(later));
  EXPECT_TRUE(bucket.take(later));
  EXPECT_FALSE(bucket.take(later));
}

TEST(TokenBucket, GrantsNothingForTimeThatGoesBack) {
  TokenBucket bucket({seconds(1), 1});
  EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart - seconds(5)));
  EXPECT_FALSE(bucket.take(kStart));
}

TEST(TokenBucket, OfNoIntervalIsNoLimitAndOfNoBurstIsClosed) {
  TokenBucket open({milliseconds(0), 1});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(open.take(kStart));
  TokenBucket closed({seconds(1), 0});
  EXPECT_FALSE(closed.take(kStart + seconds(3600)));
}

}  // namespace
}  // namespace shmx::web
