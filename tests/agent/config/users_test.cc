// Users of this host by their names.
#include "agent/config/users.h"

#include <gtest/gtest.h>

namespace shmx::config {
namespace {

TEST(Users, AreFoundByTheNamesOfThisHost) {
  EXPECT_EQ(user_of_this_host("root"), 0U);
}

TEST(Users, ThatAreNoneAreNotFound) {
  EXPECT_EQ(user_of_this_host("no-such-user-here"), std::nullopt);
  EXPECT_EQ(user_of_this_host(""), std::nullopt);
}

}  // namespace
}  // namespace shmx::config
