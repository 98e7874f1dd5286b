// Method names: what they are split into.
#include "shim/method_name.h"

#include <gtest/gtest.h>

namespace shmx {
namespace {

TEST(SplitMethod, SplitsAtTheLastSlashWithoutTheLeadingOne) {
  EXPECT_EQ(split_method("/package.Service/Method"), (MethodName{"package.Service", "Method"}));
  EXPECT_EQ(split_method("package.Service/Method"), (MethodName{"package.Service", "Method"}));
  EXPECT_EQ(split_method("/a/b/c"), (MethodName{"a/b", "c"}));
}

TEST(SplitMethod, KeepsEmptyParts) {
  EXPECT_EQ(split_method("//c"), (MethodName{"", "c"}));
  EXPECT_EQ(split_method("/a/"), (MethodName{"a", ""}));
}

TEST(SplitMethod, CallsNamesWithoutASlashUnknown) {
  const MethodName unknown{"unknown", "unknown"};
  EXPECT_EQ(split_method("unknown"), unknown);
  EXPECT_EQ(split_method("/lonely"), unknown);
  EXPECT_EQ(split_method("/"), unknown);
  EXPECT_EQ(split_method(""), unknown);
}

}  // namespace
}  // namespace shmx
