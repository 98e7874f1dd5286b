// What reaches a terminal.
#include "agent/tool/printable.h"

#include <gtest/gtest.h>

namespace shmx::tool {
namespace {

TEST(Printable, LeavesTextAlone) {
  EXPECT_EQ(printable("größe 漢字 {a=\"b\"} \\ é"), "größe 漢字 {a=\"b\"} \\ é");
}

TEST(Printable, ShowsControlCharactersAsTheirCodes) {
  EXPECT_EQ(printable("a\x1b[31m\n\t\r\x7f"), "a\\x1b[31m\\x0a\\x09\\x0d\\x7f");
}

TEST(Printable, ShowsC1ControlCharactersAsTheirCodes) {
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\x9b31m");
}

TEST(TimeText, IsRfc3339InUtc) {
  EXPECT_EQ(time_text(1'600'000'000'000'000'007), "2020-09-13T12:26:40.000000007Z");
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000000000Z");
}

}  // namespace
}  // namespace shmx::tool
