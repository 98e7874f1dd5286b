// The expected series, as grpc.md's families name them.
#include "tests/shim/expectations.h"

namespace shmx::test {
namespace {

template <typename Options>
Options named(std::string_view suffix) {
  Options options;
  options.process.service = "conformance";
  options.process.directory = segment_directory();
  options.constant_labels = {{std::string(kTestLabel), test_name(suffix)}};
  return options;
}

}  // namespace

std::string test_name(std::string_view suffix) {
  const auto* const info = ::testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + '.' + info->name() + std::string(suffix);
}

ServerOptions server_options(std::string_view suffix) {
  return named<ServerOptions>(suffix);
}

ClientOptions client_options(std::string_view suffix) {
  return named<ClientOptions>(suffix);
}

ServerOptions timed_server_options(std::string_view suffix) {
  ServerOptions options = server_options(suffix);
  options.handling_time_histogram = true;
  return options;
}

ClientOptions timed_client_options(std::string_view suffix) {
  ClientOptions options = client_options(suffix);
  options.client_handling_time_histogram = true;
  options.client_stream_receive_time_histogram = true;
  options.client_stream_send_time_histogram = true;
  return options;
}

Labels Method::labels(const Labels& more) const {
  Labels all = {{"grpc_type", type}, {"grpc_service", service}, {"grpc_method", method}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Samples expected(std::string_view side, const Method& method, const Calls& calls) {
  const std::string prefix = "grpc_" + std::string(side);
  Samples values = {
      {notation(prefix + "_started_total", method.labels()), calls.started},
      {notation(prefix + "_msg_received_total", method.labels()), calls.received},
      {notation(prefix + "_msg_sent_total", method.labels()), calls.sent},
      {notation(prefix + "_handling_seconds_count", method.labels()), calls.handling},
      {notation(prefix + "_msg_recv_handling_seconds_count", method.labels()), calls.receive_times},
      {notation(prefix + "_msg_send_handling_seconds_count", method.labels()), calls.send_times},
  };
  for (const auto& [code, count] : calls.handled) {
    values[notation(prefix + "_handled_total", method.labels({{"grpc_code", code}}))] = count;
  }
  return nonzero(values);
}

Samples together(std::initializer_list<Samples> parts) {
  Samples all;
  for (const Samples& part : parts) {
    all.insert(part.begin(), part.end());
  }
  return all;
}

Samples beginning(std::string_view prefix, const Samples& values) {
  Samples result = values;
  std::erase_if(result, [&](const auto& entry) { return !entry.first.starts_with(prefix); });
  return result;
}

Samples outcomes(std::string_view side, const Samples& values) {
  const std::string prefix = "grpc_" + std::string(side);
  return together(
      {beginning(prefix + "_started_total", values), beginning(prefix + "_handled_total", values)});
}

}  // namespace shmx::test
