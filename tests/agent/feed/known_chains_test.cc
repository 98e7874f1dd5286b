#include "agent/feed/known_chains.h"

#include <gmock/gmock.h>

namespace shmx::feed {
namespace {

using ::testing::ElementsAre;

KnownChains::Chain chain(x509::Chain certificates) {
  return std::make_shared<const x509::Chain>(std::move(certificates));
}

TEST(FeedKnownChains, CompleteACertificateAlone) {
  KnownChains known;
  known.remember(chain({"own", "between"}));
  EXPECT_THAT(*known.completed(chain({"own"})), ElementsAre("own", "between"));
  known.remember(chain({"own", "another"}));
  EXPECT_THAT(*known.completed(chain({"own"})), ElementsAre("own", "another"));
}

TEST(FeedKnownChains, LeaveOthersAsTheyAre) {
  KnownChains known;
  known.remember(chain({"own", "between"}));
  known.remember(chain({"alone"}));
  known.remember(nullptr);
  EXPECT_EQ(known.completed(nullptr), nullptr);
  EXPECT_THAT(*known.completed(chain({"between"})), ElementsAre("between"));
  EXPECT_THAT(*known.completed(chain({"alone"})), ElementsAre("alone"));
  EXPECT_THAT(*known.completed(chain({"own", "other"})), ElementsAre("own", "other"));
}

TEST(FeedKnownChains, AreBounded) {
  KnownChains known;
  const auto nth = [](std::size_t i) { return chain({std::to_string(i), "between"}); };
  for (std::size_t i = 0; i < KnownChains::kMost; ++i) {
    known.remember(nth(i));
  }
  known.remember(nth(0));  // Not another one.
  EXPECT_EQ(known.completed(chain({"1"}))->size(), 2U);
  known.remember(nth(KnownChains::kMost));
  EXPECT_EQ(known.completed(chain({"1"}))->size(), 1U);
  EXPECT_EQ(known.completed(chain({std::to_string(KnownChains::kMost)}))->size(), 2U);
}

}  // namespace
}  // namespace shmx::feed
