// From names to methods: reused pointers, unknown names, filters, limits.
#include "shim/method_table.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>

#include "shim/rpc_plan.h"

namespace shmx {
namespace {

using Names = MethodTable::Names;

RpcMetrics& metrics(Side side, const std::string& test) {
  RpcPlan plan;
  plan.side = side;
  plan.constant_labels = {{"test", test}};
  return RpcMetrics::of(plan);
}

TEST(ServerMethods, AreTheRegisteredOnes) {
  RpcMetrics& all = metrics(Side::server, "registered");
  MethodTable table(all, Names::registered, {});
  EXPECT_TRUE(table.add("/a.S/M", RpcType::unary));
  EXPECT_FALSE(table.add("/a.S/M", RpcType::bidi_stream));
  RpcMethod* const method = table.find("/a.S/M", RpcType::unary);
  EXPECT_EQ(method, &all.method("/a.S/M", RpcType::unary));
  EXPECT_EQ(table.find("/a.S/M", RpcType::unary), method);
}

TEST(ServerMethods, KeepTheirTypeWhateverTheCallsIs) {
  MethodTable table(metrics(Side::server, "type"), Names::registered, {});
  table.add("/a.S/M", RpcType::unary);
  EXPECT_EQ(table.find("/a.S/M", RpcType::bidi_stream)->type(), RpcType::unary);
}

TEST(ServerMethods, ThatAreNotRegisteredAreUnknownOfTheCallsType) {
  RpcMetrics& all = metrics(Side::server, "unknown");
  MethodTable table(all, Names::registered, {});
  table.add("/a.S/M", RpcType::unary);
  for (const char* name : {"/a.S/N", "/a.S/M2", "/a.S/", "unknown", "", "/\xff/\xff"}) {
    EXPECT_EQ(table.find(name, RpcType::bidi_stream), &all.unknown(RpcType::bidi_stream)) << name;
  }
  EXPECT_EQ(table.find(nullptr, RpcType::unary), &all.unknown(RpcType::unary));
  EXPECT_EQ(table.counted().size(), 1U);
}

TEST(ServerMethods, ThatNobodyServesAreUnknownThoughTheNameBeKnown) {
  RpcMetrics& all = metrics(Side::server, "nobody");
  MethodTable table(all, Names::registered,
                    [](std::string_view name) { return name != "/a.S/No"; });
  table.add("/a.S/M", RpcType::unary);
  EXPECT_EQ(table.find_unknown("/a.S/M", RpcType::unary), &all.unknown(RpcType::unary));
  EXPECT_EQ(table.find_unknown("/a.S/No", RpcType::unary), nullptr);
}

TEST(Methods, AreToldApartWhenAPointerIsReused) {
  for (const Names names : {Names::registered, Names::any}) {
    MethodTable table(metrics(Side::client, "reused"), names, {});
    table.add("/a.S/One", RpcType::unary);
    table.add("/a.S/Two", RpcType::unary);
    std::array<char, 16> buffer{};
    std::strcpy(buffer.data(), "/a.S/One");  // NOLINT: it fits
    RpcMethod* const one = table.find(buffer.data(), RpcType::unary);
    ASSERT_EQ(table.find(buffer.data(), RpcType::unary), one);
    std::strcpy(buffer.data(), "/a.S/Two");  // NOLINT: it fits
    RpcMethod* const two = table.find(buffer.data(), RpcType::unary);
    EXPECT_NE(one, two);
    EXPECT_EQ(two, table.find("/a.S/Two", RpcType::unary));
  }
}

TEST(ClientMethods, AreMadeAtTheirFirstCallPerType) {
  RpcMetrics& all = metrics(Side::client, "made");
  MethodTable table(all, Names::any, {});
  RpcMethod* const unary = table.find("/a.S/M", RpcType::unary);
  RpcMethod* const bidi = table.find("/a.S/M", RpcType::bidi_stream);
  EXPECT_EQ(unary->type(), RpcType::unary);
  EXPECT_EQ(bidi->type(), RpcType::bidi_stream);
  EXPECT_EQ(table.find("/a.S/M", RpcType::unary), unary);
  EXPECT_EQ(table.find("/a.S/M", RpcType::bidi_stream), bidi);
}

TEST(ClientMethods, BeyondTheLimitAreUnknown) {
  RpcMetrics& all = metrics(Side::client, "limit");
  MethodTable table(all, Names::any, {});
  for (std::size_t i = 0; i < kMaxMethods; ++i) {
    table.find((std::string("/a.S/M").append(std::to_string(i))).c_str(), RpcType::unary);
  }
  EXPECT_EQ(table.find("/a.S/OneMore", RpcType::unary), &all.unknown(RpcType::unary));
  EXPECT_NE(table.find("/a.S/M0", RpcType::unary), &all.unknown(RpcType::unary));
}

TEST(Filter, IsAskedOncePerMethod) {
  int asked = 0;
  MethodTable table(metrics(Side::client, "filter"), Names::any, [&asked](std::string_view name) {
    ++asked;
    return name != "/a.S/Health";
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(table.find("/a.S/Health", RpcType::unary), nullptr);
    EXPECT_NE(table.find("/a.S/M", RpcType::unary), nullptr);
  }
  EXPECT_EQ(asked, 2);
}

TEST(Filter, IsAskedForUnknownMethodsByTheNameOfTheCall) {
  MethodTable table(metrics(Side::server, "filter"), Names::registered,
                    [](std::string_view name) { return !name.starts_with("/grpc.health."); });
  EXPECT_EQ(table.find("/grpc.health.v1.Health/Check", RpcType::unary), nullptr);
  EXPECT_NE(table.find("/a.S/M", RpcType::unary), nullptr);
}

TEST(Filter, ThatThrowsCountsTheMethod) {
  MethodTable table(metrics(Side::client, "throws"), Names::any,
                    [](std::string_view) -> bool { throw std::runtime_error("no"); });
  EXPECT_NE(table.find("/a.S/M", RpcType::unary), nullptr);
}

}  // namespace
}  // namespace shmx
