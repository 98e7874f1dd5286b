// Whoever is shown a reason is told what to do about it: no reason of any stage is without advice.
#include "agent/read/advice.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <string_view>

#include "agent/read/segment.h"
#include "agent/scan/admission.h"
#include "shm/layout.h"
#include "shm/reader.h"

namespace shmx::read {
namespace {

std::set<std::string_view> all_reasons() {
  std::set<std::string_view> reasons = {"claim", kReservedFamily, kReservedLabel};
  for (const scan::FileRefusal reason : scan::kAllFileRefusals) {
    reasons.insert(to_string(reason));
  }
  for (int reason = 0; to_string(Refusal{reason}) != "unknown"; ++reason) {
    reasons.insert(to_string(Refusal{reason}));
  }
  return reasons;
}

std::set<std::string_view> advised_reasons() {
  std::set<std::string_view> reasons;
  for (const Advice& advice : refusal_advice()) {
    EXPECT_TRUE(reasons.insert(advice.reason).second) << advice.reason << " is there twice";
  }
  return reasons;
}

TEST(Advice, IsThereForEveryReasonAndForNoOther) {
  EXPECT_EQ(advised_reasons(), all_reasons());
}

TEST(Advice, IsASentenceWithAMeaning) {
  for (const Advice& advice : refusal_advice()) {
    EXPECT_THAT(std::string(advice.meaning), ::testing::MatchesRegex("[a-z].*[^.]"));
    EXPECT_THAT(std::string(advice.remedy), ::testing::MatchesRegex("[A-Z].*\\."));
  }
}

TEST(Advice, IsFoundByItsReason) {
  ASSERT_NE(find_advice("version"), nullptr);
  EXPECT_EQ(find_advice("version")->reason, "version");
  EXPECT_EQ(find_advice("no such reason"), nullptr);
}

TEST(LossAdvice, IsThereForEveryKnownCause) {
  for (std::size_t loss = 0; loss < layout::kLossCount; ++loss) {
    const LossAdvice* const advice = find_loss_advice(loss);
    ASSERT_EQ(advice != nullptr,
              loss <= static_cast<std::size_t>(layout::Loss::certificates_left_out));
    if (advice != nullptr) {
      EXPECT_THAT(std::string(advice->remedy), ::testing::MatchesRegex("[A-Z].*\\."));
    }
  }
}

}  // namespace
}  // namespace shmx::read
