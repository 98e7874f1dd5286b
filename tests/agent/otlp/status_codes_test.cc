#include "agent/otlp/status_codes.h"

#include <gtest/gtest.h>

namespace shmx::otlp {
namespace {

TEST(StatusCodes, AreNamedAsGrpcNumbersThem) {
  EXPECT_EQ(status_name(0), "OK");
  EXPECT_EQ(status_name(1), "CANCELLED");
  EXPECT_EQ(status_name(7), "PERMISSION_DENIED");
  EXPECT_EQ(status_name(14), "UNAVAILABLE");
  EXPECT_EQ(status_name(16), "UNAUTHENTICATED");
}

TEST(StatusCodes, ThatGrpcDoesNotHaveAreSaidToBe) {
  EXPECT_EQ(status_name(17), "a code that gRPC does not have");
  EXPECT_EQ(status_name(-1), "a code that gRPC does not have");
}

}  // namespace
}  // namespace shmx::otlp
