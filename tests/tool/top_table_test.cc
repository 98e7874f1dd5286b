// Columns and lines for terminals of any width.
#include "agent/tool/top_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "agent/tool/top_text.h"

namespace shmx::tool::top {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Row orders() {
  Row row{"orders", "", 2, {12.34, 0.05, 3, Quantile{0.0042}, Quantile{10, true}}, {}};
  row.client.rate = 7;
  return row;
}

std::vector<std::string> titles(const Layout& layout) {
  std::vector<std::string> titles;
  for (const Placed& placed : layout) {
    titles.emplace_back(placed.column->title);
  }
  return titles;
}

Layout layout_of(const Row& row, std::size_t width, Grouping grouping = Grouping::job) {
  const std::vector<const Row*> rows = {&row};
  return lay_out(rows, grouping, width);
}

std::string text_of(const Row& row, std::size_t width, Grouping grouping = Grouping::job) {
  return plain_text(row_line(layout_of(row, width, grouping), row));
}

std::size_t drawn_width(const Line& line) {
  std::size_t width = 0;
  for (const Span& span : line) {
    width += width_of(span.text);
  }
  return width;
}

TEST(Cell, ShowsNumbersShortly) {
  const Row row = orders();
  const auto shown = [&](std::string_view key) { return cell(*find_column(key), row); };
  EXPECT_EQ(shown("job"), "orders");
  EXPECT_EQ(shown("procs"), "2");
  EXPECT_EQ(shown("rate"), "12.3");
  EXPECT_EQ(shown("errors"), "5");
  EXPECT_EQ(shown("p50"), "4.2ms");
  EXPECT_EQ(shown("p99"), ">10s");
  EXPECT_EQ(shown("flight"), "3");
  EXPECT_EQ(shown("client-rate"), "7");
  EXPECT_EQ(shown("client-p99"), "-");
}

TEST(Cell, LatenciesHaveTheUnitThatSuitsThem) {
  const auto shown = [](double seconds) {
    Row row;
    row.server.p50 = Quantile{seconds, false};
    return cell(*find_column("p50"), row);
  };
  EXPECT_EQ(shown(0.000'000'5), "0.5µs");
  EXPECT_EQ(shown(0.000'999'4), "999µs");
  EXPECT_EQ(shown(0.000'999'6), "1ms");
  EXPECT_EQ(shown(0.0123), "12.3ms");
  EXPECT_EQ(shown(0.9996), "1s");
  EXPECT_EQ(shown(2.5), "2.5s");
  EXPECT_EQ(shown(90), "90s");
}

TEST(Cell, NamesCannotDriveTheTerminal) {
  EXPECT_EQ(cell(*find_column("job"), Row{"a\x1b[2J", "", {}, {}, {}}), "a\\x1b[2J");
}

TEST(ShortNumber, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(0.05), "0.05");
  EXPECT_EQ(short_number(9.996), "10");
  EXPECT_EQ(short_number(99.96), "100");
  EXPECT_EQ(short_number(100), "100");
  EXPECT_EQ(short_number(999.6), "1k");
  EXPECT_EQ(short_number(1234), "1.23k");
  EXPECT_EQ(short_number(45'600'000), "45.6M");
}

TEST(LayOut, AnOrdinaryTerminalHasRoomForBothSides) {
  EXPECT_THAT(titles(layout_of(orders(), 80)), ElementsAre("JOB", "PROCS", "RPC/S", "ERR%", "P50",
                                                           "P99", "FLIGHT", "CL RPC/S", "CL ERR%"));
}

TEST(LayOut, AWideTerminalShowsEverything) {
  EXPECT_EQ(layout_of(orders(), 120).size(), columns().size() - 1);
}

TEST(LayOut, ANarrowTerminalKeepsWhatMattersMost) {
  EXPECT_THAT(titles(layout_of(orders(), 40)), ElementsAre("JOB", "RPC/S", "ERR%", "P50", "P99"));
  EXPECT_THAT(titles(layout_of(orders(), 20)), ElementsAre("JOB", "RPC/S"));
}

TEST(LayOut, MethodsHaveTheirJobWhereThereIsRoom) {
  Row row = orders();
  row.method = "shop.Orders/PlaceMany";
  EXPECT_THAT(titles(layout_of(row, 80, Grouping::method)),
              ElementsAre("JOB", "METHOD", "RPC/S", "ERR%", "P50", "P99", "FLIGHT", "CL RPC/S"));
  EXPECT_THAT(titles(layout_of(row, 20, Grouping::method)), ElementsAre("METHOD", "RPC/S"));
}

TEST(LayOut, NamesComeBeforeTheClientSide) {
  Row row = orders();
  row.job = "a-service-with-a-long-name";
  EXPECT_THAT(titles(layout_of(row, 80)), Not(::testing::Contains("CL ERR%")));
  EXPECT_THAT(text_of(row, 80), HasSubstr(row.job));
}

TEST(LayOut, AShortNameLeavesItsRoomToALongOne) {
  Row row = orders();
  row.method = "shop.Orders/PlaceManyOrdersAtOnce";
  const Layout layout = layout_of(row, 80, Grouping::method);
  EXPECT_EQ(layout[0].width, 6U);
  EXPECT_EQ(layout[1].width, width_of(row.method));
}

class Widths : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Widths, NoLineIsWiderThanTheTerminal) {
  const std::size_t width = GetParam();
  Row row = orders();
  for (const char* name :
       {"orders", "a-service-with-a-name-longer-than-most", "注文サービスの長い名前"}) {
    row.job = name;
    row.method = std::string(name) + "/" + name;
    for (const Grouping grouping : {Grouping::job, Grouping::method}) {
      const Layout layout = layout_of(row, width, grouping);
      for (const Column& column : columns()) {
        EXPECT_LE(drawn_width(title_line(layout, column, Order::descending)), width);
      }
      EXPECT_LE(drawn_width(row_line(layout, row)), width);
      EXPECT_EQ(drawn_width(row_line(layout, row)),
                drawn_width(title_line(layout, columns()[0], Order::ascending)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(From20To200, Widths,
                         ::testing::Values(20, 21, 27, 33, 40, 53, 64, 79, 80, 81, 100, 120, 200));

TEST(RowLine, CutsLongNamesWithAnEllipsis) {
  Row row = orders();
  row.job = "a-service-with-a-name-longer-than-most";
  EXPECT_EQ(text_of(row, 20), "a-service-w…    12.3");
  row.job = "注文サービスの長い名前";
  EXPECT_EQ(text_of(row, 20), "注文サービ…     12.3");
}

TEST(RowLine, KeepsTheEndOfMethods) {
  Row row = orders();
  row.method = "shop.Orders/PlaceMany";
  EXPECT_EQ(text_of(row, 20, Grouping::method), "…s/PlaceMany    12.3");
}

TEST(RowLine, AlarmsOnlyWhereThereAreErrors) {
  const auto styles = [](double ratio) {
    Row row = orders();
    row.server.error_ratio = ratio;
    std::vector<std::string> alarming;
    for (const Span& span : row_line(layout_of(row, 80), row)) {
      if (span.style == Style::alarm) {
        alarming.push_back(span.text);
      }
    }
    return alarming;
  };
  EXPECT_THAT(styles(0), ElementsAre());
  EXPECT_THAT(styles(0.5), ElementsAre("    50"));
}

TEST(TitleLine, MarksTheSortedColumn) {
  const Layout layout = layout_of(orders(), 40);
  EXPECT_THAT(plain_text(title_line(layout, *find_column("rate"), Order::descending)),
              HasSubstr("▼RPC/S "));
  EXPECT_THAT(plain_text(title_line(layout, *find_column("p99"), Order::ascending)),
              HasSubstr("▲P99"));
  EXPECT_THAT(plain_text(title_line(layout, *find_column("job"), Order::ascending)),
              HasSubstr("JOB▲"));
}

TEST(Columns, TitlesLeaveRoomForTheMark) {
  for (const Column& column : columns()) {
    EXPECT_EQ(find_column(column.key), &column);
    EXPECT_TRUE(column.is_name || column.width > column.title.size()) << column.title;
  }
  EXPECT_EQ(find_column("nothing"), nullptr);
}

}  // namespace
}  // namespace shmx::tool::top
