// The names of each mode.
#include "shim/family_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "shm/descriptor.h"

namespace shmx {
namespace {

using ::testing::ElementsAre;

constexpr Mode kModes[] = {Mode::go, Mode::python, Mode::python_legacy, Mode::java};
constexpr RpcFamily kFamilies[] = {RpcFamily::started, RpcFamily::handled,   RpcFamily::received,
                                   RpcFamily::sent,    RpcFamily::in_flight, RpcFamily::handling,
                                   RpcFamily::receive, RpcFamily::send,      RpcFamily::sent_bytes};

std::vector<std::string> names(Side side, Mode mode) {
  std::vector<std::string> all;
  for (const RpcFamily family : kFamilies) {
    all.push_back(family_name(family, side, mode));
  }
  return all;
}

TEST(FamilyNames, AreTheCommonOnesInModesGoAndPython) {
  for (const Mode mode : {Mode::go, Mode::python}) {
    EXPECT_THAT(names(Side::server, mode),
                ElementsAre("grpc_server_started_total", "grpc_server_handled_total",
                            "grpc_server_msg_received_total", "grpc_server_msg_sent_total",
                            "grpc_server_in_flight", "grpc_server_handling_seconds",
                            "grpc_server_msg_recv_handling_seconds",
                            "grpc_server_msg_send_handling_seconds", "grpc_server_msg_sent_bytes"));
    EXPECT_THAT(names(Side::client, mode),
                ElementsAre("grpc_client_started_total", "grpc_client_handled_total",
                            "grpc_client_msg_received_total", "grpc_client_msg_sent_total",
                            "grpc_client_in_flight", "grpc_client_handling_seconds",
                            "grpc_client_msg_recv_handling_seconds",
                            "grpc_client_msg_send_handling_seconds", "grpc_client_msg_sent_bytes"));
  }
}

TEST(FamilyNames, AreCompletedAndLatencyInModesPythonLegacyAndJava) {
  for (const Mode mode : {Mode::python_legacy, Mode::java}) {
    EXPECT_EQ(family_name(RpcFamily::handled, Side::server, mode), "grpc_server_handled_total");
    EXPECT_EQ(family_name(RpcFamily::handling, Side::server, mode),
              "grpc_server_handled_latency_seconds");
    EXPECT_EQ(family_name(RpcFamily::handled, Side::client, mode), "grpc_client_completed_total");
    EXPECT_EQ(family_name(RpcFamily::handling, Side::client, mode),
              "grpc_client_completed_latency_seconds");
    EXPECT_EQ(family_name(RpcFamily::started, Side::client, mode), "grpc_client_started_total");
  }
}

TEST(FamilyNames, AreValidAndHaveHelpInEveryMode) {
  for (const Mode mode : kModes) {
    for (const RpcFamily family : kFamilies) {
      for (const Side side : {Side::server, Side::client}) {
        EXPECT_TRUE(is_metric_name(family_name(family, side, mode)));
        EXPECT_NE(family_help(family, side), "");
      }
    }
  }
}

TEST(CodeLabels, AreTheModes) {
  const auto labels = [](Mode mode) {
    const auto names = code_label_names(mode);
    return std::vector<std::string>(names.begin(), names.end());
  };
  EXPECT_THAT(labels(Mode::go), ElementsAre("grpc_code"));
  EXPECT_THAT(labels(Mode::python), ElementsAre("grpc_code"));
  EXPECT_THAT(labels(Mode::python_legacy), ElementsAre("code"));
  EXPECT_THAT(labels(Mode::java), ElementsAre("code", "grpc_code"));
}

TEST(TypeNames, AreTheModes) {
  EXPECT_EQ(type_name(RpcType::bidi_stream, Mode::go), "bidi_stream");
  EXPECT_EQ(type_name(RpcType::unary, Mode::go), "unary");
  EXPECT_EQ(type_name(RpcType::unary, Mode::python), "UNARY");
  EXPECT_EQ(type_name(RpcType::client_stream, Mode::python_legacy), "CLIENT_STREAMING");
  EXPECT_EQ(type_name(RpcType::server_stream, Mode::java), "SERVER_STREAMING");
}

TEST(DefaultBuckets, AreTheModes) {
  const auto buckets = [](Mode mode) {
    const auto bounds = default_time_buckets(mode);
    return std::vector<double>(bounds.begin(), bounds.end());
  };
  EXPECT_THAT(buckets(Mode::go), ElementsAre(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10));
  EXPECT_THAT(buckets(Mode::python),
              ElementsAre(.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10));
  EXPECT_EQ(buckets(Mode::python_legacy), buckets(Mode::python));
  EXPECT_THAT(buckets(Mode::java),
              ElementsAre(.001, .005, .01, .05, .075, .1, .25, .5, 1, 2, 5, 10));
}

TEST(Messages, AreAllCountedInModeGo) {
  for (const RpcType type :
       {RpcType::unary, RpcType::client_stream, RpcType::server_stream, RpcType::bidi_stream}) {
    EXPECT_TRUE(counts_received(Side::server, Mode::go, type));
    EXPECT_TRUE(counts_sent(Side::client, Mode::go, type));
  }
}

TEST(Messages, AreCountedOnTheStreamingSideOnlyInTheOtherModes) {
  for (const Mode mode : {Mode::python, Mode::python_legacy, Mode::java}) {
    EXPECT_FALSE(counts_received(Side::server, mode, RpcType::unary));
    EXPECT_FALSE(counts_sent(Side::server, mode, RpcType::unary));
    EXPECT_TRUE(counts_received(Side::server, mode, RpcType::client_stream));
    EXPECT_FALSE(counts_sent(Side::server, mode, RpcType::client_stream));
    EXPECT_TRUE(counts_sent(Side::client, mode, RpcType::client_stream));
    EXPECT_FALSE(counts_received(Side::client, mode, RpcType::client_stream));
    EXPECT_TRUE(counts_sent(Side::server, mode, RpcType::server_stream));
    EXPECT_TRUE(counts_received(Side::client, mode, RpcType::server_stream));
    EXPECT_TRUE(counts_received(Side::server, mode, RpcType::bidi_stream));
    EXPECT_TRUE(counts_sent(Side::server, mode, RpcType::bidi_stream));
  }
}

}  // namespace
}  // namespace shmx
