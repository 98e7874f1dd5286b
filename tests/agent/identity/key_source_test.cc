#include "agent/identity/key_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/identity/signer.h"

namespace shmx::identity {
namespace {

using ::testing::HasSubstr;
using testing::key_set;
using testing::Signer;

constexpr std::int64_t kStart = 1'000'000;
constexpr std::int64_t kDay = std::int64_t{24} * 3600;

KeySet one_key(const std::string& kid, const std::vector<std::string>& more = {}) {
  std::vector<std::string> jwks = more;
  jwks.push_back(Signer::ec("P-256").jwk("\"kid\":\"" + kid + "\""));
  return KeySet::parse(key_set(jwks)).value();
}

TEST(KeySource, IsAskedOnceAMinute) {
  KeySource source;
  EXPECT_TRUE(source.begin(kStart));
  EXPECT_FALSE(source.begin(kStart + 1000)) << "it is under way";
  source.failed("x");
  EXPECT_FALSE(source.begin(kStart + 59));
  EXPECT_TRUE(source.begin(kStart + 60));
  source.took(one_key("a"), kStart + 65);
  EXPECT_FALSE(source.begin(kStart + 119)) << "a minute from its beginning";
  EXPECT_TRUE(source.begin(kStart + 120));
}

TEST(KeySource, IsAskedWhenTheClockWasSetBack) {
  KeySource source;
  EXPECT_TRUE(source.begin(kStart));
  source.took(one_key("a"), kStart);
  EXPECT_TRUE(source.is_stale(kStart - 5000));
  EXPECT_TRUE(source.begin(kStart - 5000));
  source.failed("x");
  EXPECT_FALSE(source.begin(kStart - 5000 + 59));
}

TEST(KeySource, HasKeysForADayAndWantsNewOnesAfterFiveMinutes) {
  KeySource source;
  EXPECT_EQ(source.usable(kStart), nullptr);
  EXPECT_FALSE(source.is_stale(kStart));
  source.took(one_key("a"), kStart);
  EXPECT_TRUE(source.usable(kStart)->has("a"));
  EXPECT_FALSE(source.is_stale(kStart + 299));
  EXPECT_TRUE(source.is_stale(kStart + 300));
  source.failed("x");
  EXPECT_TRUE(source.usable(kStart + kDay - 1)->has("a"));
  EXPECT_EQ(source.usable(kStart + kDay), nullptr);
  source.took(one_key("b"), kStart + kDay);
  EXPECT_FALSE(source.usable(kStart + kDay)->has("a")) << "it was withdrawn";
  EXPECT_TRUE(source.usable(kStart + kDay)->has("b"));
}

TEST(KeySource, WarnsOncePerReason) {
  KeySource source;
  EXPECT_THAT(source.failed("no route"), HasSubstr("no route; there are no keys yet"));
  EXPECT_EQ(source.failed("no route"), "");
  EXPECT_THAT(source.failed("404"), HasSubstr("404"));
  EXPECT_EQ(source.took(one_key("a"), kStart), "");
  EXPECT_THAT(source.failed("404"), HasSubstr("the last keys stay in force"));
  EXPECT_EQ(source.failed("404"), "");
  const std::vector<std::string> secret{R"({"kty":"oct","kid":"s"})"};
  EXPECT_THAT(source.took(one_key("a", secret), kStart), HasSubstr(R"(key 1 (kid "s"))"));
  EXPECT_EQ(source.took(one_key("b", secret), kStart), "");
}

}  // namespace
}  // namespace shmx::identity
