// Status codes: how each mode spells them.
#include "shim/status_code_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shmx {
namespace {

std::vector<std::string> all_names(Mode mode) {
  std::vector<std::string> names;
  names.reserve(kStatusCodes);
  for (int code = 0; code < kStatusCodes; ++code) {
    names.push_back(status_code_name(code, mode));
  }
  return names;
}

TEST(StatusCodeNames, AreGosInModeGo) {
  EXPECT_EQ(all_names(Mode::go),
            (std::vector<std::string>{"OK", "Canceled", "Unknown", "InvalidArgument",
                                      "DeadlineExceeded", "NotFound", "AlreadyExists",
                                      "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
                                      "Aborted", "OutOfRange", "Unimplemented", "Internal",
                                      "Unavailable", "DataLoss", "Unauthenticated"}));
}

TEST(StatusCodeNames, AreUpperSnakeInTheOtherModes) {
  const std::vector<std::string> upper = {"OK",
                                          "CANCELLED",
                                          "UNKNOWN",
                                          "INVALID_ARGUMENT",
                                          "DEADLINE_EXCEEDED",
                                          "NOT_FOUND",
                                          "ALREADY_EXISTS",
                                          "PERMISSION_DENIED",
                                          "RESOURCE_EXHAUSTED",
                                          "FAILED_PRECONDITION",
                                          "ABORTED",
                                          "OUT_OF_RANGE",
                                          "UNIMPLEMENTED",
                                          "INTERNAL",
                                          "UNAVAILABLE",
                                          "DATA_LOSS",
                                          "UNAUTHENTICATED"};
  EXPECT_EQ(all_names(Mode::python), upper);
  EXPECT_EQ(all_names(Mode::python_legacy), upper);
  EXPECT_EQ(all_names(Mode::java), upper);
}

TEST(StatusCodeNames, OfNumbersThatAreNoCodesAreNumbersInGoAndUnknownElsewhere) {
  EXPECT_EQ(status_code_name(17, Mode::go), "Code(17)");
  EXPECT_EQ(status_code_name(-1, Mode::go), "Code(4294967295)");
  EXPECT_EQ(status_code_name(17, Mode::python), "UNKNOWN");
  EXPECT_EQ(status_code_name(-1, Mode::java), "UNKNOWN");
}

}  // namespace
}  // namespace shmx
