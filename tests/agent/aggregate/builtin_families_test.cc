// The table of gRPC families.
#include "agent/aggregate/builtin_families.h"

#include <gtest/gtest.h>

#include <set>

namespace shmx::aggregate {
namespace {

TEST(BuiltinFamilies, AreFoundByNameAndAreThereOnce) {
  std::set<std::string_view> names;
  for (const BuiltinFamily& family : builtin_families()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_EQ(find_builtin(family.name), &family);
    EXPECT_TRUE(family.unit.empty() || family.name.ends_with(family.unit)) << family.name;
    EXPECT_EQ(family.kind == FamilyKind::counter, family.name.ends_with("_total")) << family.name;
  }
  EXPECT_EQ(find_builtin("grpc_server_other"), nullptr);
  EXPECT_EQ(find_builtin("orders_total"), nullptr);
}

}  // namespace
}  // namespace shmx::aggregate
