// What a test expects, in few words: options that bear its name, and the series of some calls.
#ifndef SHM_EXPORTER_TESTS_SHIM_EXPECTATIONS_H
#define SHM_EXPORTER_TESTS_SHIM_EXPECTATIONS_H

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "shim/options.h"
#include "tests/shim/gate.h"
#include "tests/shim/segment_values.h"

namespace shmx::test {

/// The running test's name, with a suffix where it needs several: the value of its constant label.
std::string test_name(std::string_view suffix = {});

/// Default options for a server or a client of the running test.
ServerOptions server_options(std::string_view suffix = {});
ClientOptions client_options(std::string_view suffix = {});

/// The same with every histogram of the RPCs' times.
ServerOptions timed_server_options(std::string_view suffix = {});
ClientOptions timed_client_options(std::string_view suffix = {});

/// A method as its labels name it.
struct Method {
  std::string type;
  std::string method;
  std::string service = "shmx.test.Echo";
  Labels labels(const Labels& more = {}) const;
};

inline const Method kUnary{"unary", "Unary"};
inline const Method kCollect{"client_stream", "Collect"};
inline const Method kExpand{"server_stream", "Expand"};
inline const Method kChat{"bidi_stream", "Chat"};
inline const Method kPythonUnary{"UNARY", "Unary"};
inline const Method kPythonCollect{"CLIENT_STREAMING", "Collect"};
inline const Method kPythonExpand{"SERVER_STREAMING", "Expand"};
inline const Method kPythonChat{"BIDI_STREAMING", "Chat"};

/// Calls of one method; what is 0 is expected to be 0 or not there.
struct Calls {
  double started = 0;
  double received = 0;
  double sent = 0;
  std::map<std::string, double> handled = {};  ///< by code
  double handling = 0;                         ///< observations of the time from start to end
  double receive_times = 0;
  double send_times = 0;
};

/// The series that are not 0 after these calls, in mode go or python. `side` is "server" or
/// "client".
Samples expected(std::string_view side, const Method& method, const Calls& calls);

/// All of them.
Samples together(std::initializer_list<Samples> parts);

/// The series whose names begin so.
Samples beginning(std::string_view prefix, const Samples& values);

/// The started and handled counters of a side.
Samples outcomes(std::string_view side, const Samples& values);

/// Reads until what is read is as wanted, or patience ends; returns what was read last. For counts
/// that another process makes: nothing else tells when it has.
template <typename Read>
Samples eventually(Read read, const Samples& wanted) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  Samples values = read();
  while (values != wanted && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
    values = read();
  }
  return values;
}

/// Names a parameter by its to_string.
template <typename Api>
std::string api_name(const ::testing::TestParamInfo<Api>& info) {
  return std::string(to_string(info.param));
}

/// Names a pair of parameters: the first by its to_string, the second as it is.
template <typename Api>
std::string api_and_count(const ::testing::TestParamInfo<std::tuple<Api, int>>& info) {
  return std::string(to_string(std::get<0>(info.param))) + "_" +
         std::to_string(std::get<1>(info.param));
}

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_EXPECTATIONS_H
