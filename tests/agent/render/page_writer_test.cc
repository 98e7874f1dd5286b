// What is written arrives on the page, in order, whatever the sizes.
#include "agent/render/page_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace shmx::render {
namespace {

TEST(PageWriter, AppendsToWhatThePageHolds) {
  std::string page = "before ";
  PageWriter writer(page);
  writer.write("after");
  writer.flush();
  EXPECT_EQ(page, "before after");
}

TEST(PageWriter, KeepsTheOrderOfManySmallAndSomeHugeWrites) {
  std::string page;
  std::string expected;
  PageWriter writer(page);
  for (std::size_t i = 0; i < 300; ++i) {
    const std::size_t bytes = i % 50 == 0 ? 200'000 : i * 7;
    const std::string text(bytes, static_cast<char>('a' + i % 26));
    writer.write(text);
    expected += text;
  }
  writer.flush();
  EXPECT_TRUE(page == expected);
}

TEST(PageWriter, CountsOnlyWhatTheCursorPassed) {
  std::string page;
  PageWriter writer(page);
  char* const at = writer.room(100);
  writer.advance(put(at, "abc"));
  writer.flush();
  EXPECT_EQ(page, "abc");
}

}  // namespace
}  // namespace shmx::render
