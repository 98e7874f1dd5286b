// What the transports' tests share: a request that a strict receiver accepts, and both protocols.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_SENDING_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_SENDING_H

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "agent/push/transport.h"
#include "tests/agent/push/receiver/receiver.h"
#include "tests/agent/push/receiver/wire.h"

namespace shmx::push {

inline constexpr const char* kUserAgent = "OTel-OTLP-Exporter-shm_exporter/1.2.3";

/// A sum with that value; `time` orders requests.
inline std::string request_with(std::uint64_t value, std::uint64_t time = 2) {
  using namespace shmx::testing;  // NOLINT: the wire's field functions
  const auto service =
      wire::bytes(1, wire::bytes(1, "service.name") + wire::bytes(2, wire::bytes(1, "shop")));
  const auto point = wire::fixed64(2, 1) + wire::fixed64(3, time) + wire::fixed64(6, value);
  const auto sum = wire::bytes(1, point) + wire::number(2, 2) + wire::number(3, 1);
  const auto metric = wire::bytes(1, "orders") + wire::bytes(7, sum);
  return wire::bytes(1, wire::bytes(1, service) + wire::bytes(2, wire::bytes(2, metric)));
}

inline std::unique_ptr<Transport> made(const Options& options) {
  auto transport = make_transport(options, kUserAgent);
  if (!transport) throw std::runtime_error(transport.error().message);
  return std::move(transport).value();
}

/// Longer than anything takes here; what hangs is ended by it.
inline Transport::Clock::time_point soon() {
  return Transport::Clock::now() + std::chrono::seconds(60);
}

/// A deadline that is reached while the test waits for it.
inline Transport::Clock::time_point at_once() {
  return Transport::Clock::now() + std::chrono::milliseconds(200);
}

/// A receiver and a transport of the protocol that the test runs for.
class Sending : public ::testing::TestWithParam<Protocol> {
 protected:
  static bool over_grpc() { return GetParam() == Protocol::grpc; }

  static Options options_for(const testing::Receiver& receiver) {
    Options options;
    options.protocol = GetParam();
    options.url = over_grpc() ? receiver.grpc_url() : receiver.http_url();
    return options;
  }

  /// HTTP's or gRPC's code.
  static testing::Behaviour status(int http, int grpc) {
    testing::Behaviour behaviour;
    behaviour.status = over_grpc() ? grpc : http;
    return behaviour;
  }
};

inline std::string protocol_name(const ::testing::TestParamInfo<Protocol>& info) {
  return info.param == Protocol::grpc ? "grpc" : "http";
}

}  // namespace shmx::push

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_SENDING_H
