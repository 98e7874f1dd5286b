// What keys do, and which rows that leaves in which order.
#include "agent/tool/top_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shmx::tool::top {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Row job(const std::string& name, std::optional<double> rate) {
  Row row{name, "", 1, {}, {}};
  row.server.rate = rate;
  return row;
}

class Keys : public ::testing::Test {
 protected:
  Keys() {
    overview_.jobs = {job("api", 5), job("batch", {}), job("Orders", 50), job("stock", 5)};
    overview_.methods = {{"api", "a.Api/Get", {}, {}, {}},
                         {"Orders", "shop.Orders/Place", {}, {}, {}}};
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Row* row : chosen_rows(overview_, view_)) {
      names.push_back(row->method.empty() ? row->job : row->method);
    }
    return names;
  }

  void press_all(const std::string& letters) {
    for (const char letter : letters) {
      press({KeyKind::text, std::string(1, letter)});
    }
  }

  void press(const Key& key) {
    const auto rows = chosen_rows(overview_, view_);
    top::press(view_, key, {lay_out(rows, view_.grouping, 80), rows.size(), page_rows_});
  }

  Overview overview_;
  View view_;
  std::size_t page_rows_ = 2;
};

TEST_F(Keys, RowsAreSortedByRateAtFirstAndEqualOnesByName) {
  EXPECT_THAT(names(), ElementsAre("Orders", "api", "stock", "batch"));
}

TEST_F(Keys, RReversesAndWhatIsAbsentStaysLast) {
  press_all("r");
  EXPECT_THAT(names(), ElementsAre("api", "stock", "Orders", "batch"));
  press_all("r");
  EXPECT_THAT(names(), ElementsAre("Orders", "api", "stock", "batch"));
}

TEST_F(Keys, SAndAnglesSortByNeighboursAroundTheEnds) {
  press_all("s");
  EXPECT_EQ(view_.sorted, find_column("errors"));
  press_all("<<");
  EXPECT_EQ(view_.sorted, find_column("procs"));
  press({KeyKind::left, ""});
  EXPECT_EQ(view_.sorted, find_column("job"));
  EXPECT_THAT(names(), ElementsAre("Orders", "api", "batch", "stock"));
  press_all("<");
  EXPECT_EQ(view_.sorted, find_column("client-errors"));
  press_all(">");
  EXPECT_EQ(view_.sorted, find_column("job"));
  press({KeyKind::right, ""});
  EXPECT_EQ(view_.sorted, find_column("procs"));
}

TEST_F(Keys, AnotherColumnBeginsInItsOwnOrder) {
  press_all("rs");
  EXPECT_EQ(order_of(view_), Order::descending);
}

TEST_F(Keys, MShowsMethodsAndJobsAgain) {
  press_all("m");
  EXPECT_THAT(names(), ElementsAre("a.Api/Get", "shop.Orders/Place"));
  press_all("m");
  EXPECT_THAT(names(), ElementsAre("Orders", "api", "stock", "batch"));
}

TEST_F(Keys, MSortsByRateWhereMethodsLackTheColumn) {
  press_all("<");
  ASSERT_EQ(view_.sorted, find_column("procs"));
  press_all("m");
  EXPECT_EQ(view_.sorted, find_column("rate"));
}

TEST_F(Keys, AFilterIsAppliedWhileItIsTyped) {
  press_all("/oR");
  EXPECT_TRUE(view_.typing);
  EXPECT_THAT(names(), ElementsAre("Orders"));
  press({KeyKind::enter, ""});
  EXPECT_FALSE(view_.typing);
  EXPECT_THAT(names(), ElementsAre("Orders"));
}

TEST_F(Keys, EscapeKeepsTheFilterThatWas) {
  press_all("/ap");
  press({KeyKind::enter, ""});
  press_all("/zzz");
  EXPECT_THAT(names(), IsEmpty());
  press({KeyKind::escape, ""});
  EXPECT_THAT(names(), ElementsAre("api"));
  press({KeyKind::escape, ""});
  EXPECT_EQ(names().size(), 4U);
}

TEST_F(Keys, BackspaceTakesAWholeCharacter) {
  press_all("/a");
  press({KeyKind::text, "ü"});
  press({KeyKind::text, "注"});
  press({KeyKind::backspace, ""});
  EXPECT_EQ(view_.filter, "aü");
  press({KeyKind::backspace, ""});
  EXPECT_EQ(view_.filter, "a");
  press({KeyKind::backspace, ""});
  press({KeyKind::backspace, ""});
  EXPECT_EQ(view_.filter, "");
}

TEST_F(Keys, LettersOfCommandsCanBeTypedIntoAFilter) {
  press_all("/qmsrph?");
  EXPECT_EQ(view_.filter, "qmsrph?");
  EXPECT_FALSE(view_.over || view_.paused || view_.help);
}

TEST_F(Keys, AFilterFindsMethodsByTheirJobToo) {
  press_all("m/api");
  EXPECT_THAT(names(), ElementsAre("a.Api/Get"));
}

TEST_F(Keys, ScrollingStaysWithinTheRows) {
  press({KeyKind::up, ""});
  EXPECT_EQ(view_.first, 0U);
  press({KeyKind::down, ""});
  EXPECT_EQ(view_.first, 1U);
  press({KeyKind::page_down, ""});
  EXPECT_EQ(view_.first, 2U);
  press({KeyKind::page_up, ""});
  EXPECT_EQ(view_.first, 0U);
  press({KeyKind::end, ""});
  EXPECT_EQ(view_.first, 2U);
  press({KeyKind::home, ""});
  EXPECT_EQ(view_.first, 0U);
  page_rows_ = 9;
  press({KeyKind::down, ""});
  EXPECT_EQ(view_.first, 0U);
}

TEST_F(Keys, PPausesAndGoesOn) {
  press_all("p");
  EXPECT_TRUE(view_.paused);
  press_all("p");
  EXPECT_FALSE(view_.paused);
}

TEST_F(Keys, AnyKeyLeavesTheHelp) {
  for (const char* open : {"h", "?"}) {
    press_all(open);
    EXPECT_TRUE(view_.help);
    press_all("m");
    EXPECT_FALSE(view_.help);
    EXPECT_EQ(view_.grouping, Grouping::job);
  }
}

TEST_F(Keys, QLeavesFromEverywhereButAFilter) {
  press_all("?q");
  EXPECT_TRUE(view_.over);
}

TEST_F(Keys, OtherKeysDoNothing) {
  press_all("xyz7");
  press({KeyKind::other, ""});
  press({KeyKind::text, "ü"});
  EXPECT_THAT(names(), ElementsAre("Orders", "api", "stock", "batch"));
  EXPECT_FALSE(view_.over);
}

}  // namespace
}  // namespace shmx::tool::top
