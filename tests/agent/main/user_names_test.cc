#include "agent/main/user_names.h"

#include <gtest/gtest.h>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx {
namespace {

TEST(UserNames, AreThoseOfTheFile) {
  testing::TemporaryDirectory directory;
  directory.write("passwd",
                  "root:x:0:0:root:/root:/bin/sh\n"
                  "alice:x:1000:1000::/home/alice:/bin/sh\n"
                  "again:x:1000:1000::/:/bin/sh\n"
                  "\n"
                  ":x:7:7::/:\n"
                  "broken\n"
                  "odd:x:12a:0::/:\n"
                  "last:x:4294967294:1::/:");
  UserNames names(directory.file("passwd"));
  EXPECT_EQ(names.name_of(0, 1), "root");
  EXPECT_EQ(names.name_of(1000, 1), "alice");
  EXPECT_EQ(names.name_of(4'294'967'294, 1), "last");
  for (const std::uint32_t nobody : {7U, 12U, 1001U}) {
    EXPECT_EQ(names.name_of(nobody, 1), "");
  }
}

TEST(UserNames, FollowTheFile) {
  testing::TemporaryDirectory directory;
  UserNames names(directory.file("passwd"));
  EXPECT_EQ(names.name_of(1000, 1), "");
  directory.write("passwd", "alice:x:1000:1000::/:\n");
  EXPECT_EQ(names.name_of(1000, 1), "alice");
  directory.write("passwd", "robert:x:1000:1000::/:\n");
  EXPECT_EQ(names.name_of(1000, 1), "robert");
}

}  // namespace
}  // namespace shmx
