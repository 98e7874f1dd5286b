// What is offered to who mistyped a word.
#include "agent/tool/suggestion.h"

#include <gtest/gtest.h>

namespace shmx::tool {
namespace {

const std::vector<std::string>& commands() {
  static const std::vector<std::string> names = {"dump", "top", "audit", "check", "segments"};
  return names;
}

TEST(Suggestion, IsTheWordThatFewestTypingErrorsLeadTo) {
  EXPECT_EQ(nearest("dmup", commands()), "dump");     // swapped
  EXPECT_EQ(nearest("chek", commands()), "check");    // missing
  EXPECT_EQ(nearest("audiit", commands()), "audit");  // one more
  EXPECT_EQ(nearest("rop", commands()), "top");       // another
  EXPECT_EQ(nearest("segmnt", commands()), "segments");
}

TEST(Suggestion, IsAWordThatBeginsLikeThis) {
  EXPECT_EQ(nearest("se", commands()), "segments");
  EXPECT_EQ(nearest("aud", commands()), "audit");
}

TEST(Suggestion, IsNothingWhenNoWordIsNear) {
  EXPECT_EQ(nearest("frobnicate", commands()), std::nullopt);
  EXPECT_EQ(nearest("d", commands()), std::nullopt);
  EXPECT_EQ(nearest("", commands()), std::nullopt);
  EXPECT_EQ(nearest("dump", {}), std::nullopt);
}

}  // namespace
}  // namespace shmx::tool
