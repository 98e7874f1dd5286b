// Names of any script, in as many columns as a terminal gives them.
#include "agent/tool/top_text.h"

#include <gtest/gtest.h>

namespace shmx::tool::top {
namespace {

TEST(WidthOf, CountsColumnsAndNotBytes) {
  EXPECT_EQ(width_of("orders"), 6U);
  EXPECT_EQ(width_of("größe"), 5U);
  EXPECT_EQ(width_of("注文"), 4U);
  EXPECT_EQ(width_of("e\u0301"), 1U);  // a combining accent
  EXPECT_EQ(width_of(""), 0U);
}

TEST(WidthOf, BytesThatAreNoUtf8TakeAColumnEach) {
  EXPECT_EQ(width_of("a\xff\xc3"), 3U);
}

TEST(Cut, LeavesWhatFits) {
  EXPECT_EQ(cut("orders", 6), "orders");
  EXPECT_EQ(cut("", 0), "");
}

TEST(Cut, EndsInAnEllipsis) {
  EXPECT_EQ(cut("orders", 5), "orde…");
  EXPECT_EQ(cut("orders", 1), "…");
  EXPECT_EQ(cut("orders", 0), "");
  EXPECT_EQ(cut("größe", 4), "grö…");
}

TEST(Cut, NeverHalvesAWideCharacter) {
  EXPECT_EQ(cut("注文書", 5), "注文…");
  EXPECT_EQ(cut("注文書", 4), "注…");
}

TEST(CutBeginning, KeepsTheEnd) {
  EXPECT_EQ(cut_beginning("shop.Orders/Place", 17), "shop.Orders/Place");
  EXPECT_EQ(cut_beginning("shop.Orders/Place", 7), "…/Place");
  EXPECT_EQ(cut_beginning("注文書", 4), "…書");
  EXPECT_EQ(cut_beginning("orders", 1), "…");
  EXPECT_EQ(cut_beginning("orders", 0), "");
}

TEST(Aligned, TakesExactlyTheColumns) {
  EXPECT_EQ(left_aligned("ab", 4), "ab  ");
  EXPECT_EQ(right_aligned("ab", 4), "  ab");
  EXPECT_EQ(left_aligned("注文", 5), "注文 ");
  EXPECT_EQ(left_aligned("注文書", 4), "注… ");
  EXPECT_EQ(right_aligned("orders", 3), "or…");
}

}  // namespace
}  // namespace shmx::tool::top
