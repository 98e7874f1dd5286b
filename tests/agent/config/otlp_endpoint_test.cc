// The URL of an endpoint, by the rules of the standard.
#include "agent/config/otlp_endpoint.h"

#include <gmock/gmock.h>

namespace shmx::config {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr EndpointKind kBase{};
constexpr EndpointKind kPerSignal{.per_signal = true};
constexpr EndpointKind kGrpc{.protocol = push::Protocol::grpc};
constexpr EndpointKind kGrpcPerSignal{.protocol = push::Protocol::grpc, .per_signal = true};
constexpr EndpointKind kGrpcInsecure{.protocol = push::Protocol::grpc, .insecure = true};

struct Right {
  const char* endpoint;
  EndpointKind kind;
  const char* url;
};

class Endpoint : public testing::TestWithParam<Right> {};

TEST_P(Endpoint, HasItsUrl) {
  const auto url = url_of_endpoint(GetParam().endpoint, GetParam().kind);
  ASSERT_TRUE(url.ok()) << url.error().message;
  EXPECT_EQ(url.value(), GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Endpoint,
    testing::Values(
        // A base: the signal's path is appended, and its own path kept.
        Right{"http://a", kBase, "http://a/v1/metrics"},
        Right{"http://a/", kBase, "http://a/v1/metrics"},
        Right{"https://a.example:44", kBase, "https://a.example:44/v1/metrics"},
        Right{"http://a:1/api/v1/otlp", kBase, "http://a:1/api/v1/otlp/v1/metrics"},
        Right{"http://a:1/api/v1/otlp/", kBase, "http://a:1/api/v1/otlp/v1/metrics"},
        Right{"HTTP://A_b-c:65535/X", kBase, "http://A_b-c:65535/X/v1/metrics"},
        Right{"http://[::1]:8/x", kBase, "http://[::1]:8/x/v1/metrics"},
        Right{"http://[fe80::1]", kBase, "http://[fe80::1]/v1/metrics"},
        // Without TLS or with it, HTTP's scheme alone says.
        Right{"https://a", {.insecure = true}, "https://a/v1/metrics"},
        // Of the signal: as it is.
        Right{"http://a:1/api/v1/otlp", kPerSignal, "http://a:1/api/v1/otlp"},
        Right{"http://a:1/x/", kPerSignal, "http://a:1/x/"},
        Right{"http://a:1/x?key=1", kPerSignal, "http://a:1/x?key=1"},
        Right{"http://a:1", kPerSignal, "http://a:1/"},
        Right{"http://a:1?key=1/2", kPerSignal, "http://a:1/?key=1/2"},
        // gRPC: the scheme says whether there is TLS, and where there is none, INSECURE.
        Right{"http://a:1", kGrpc, "http://a:1"}, Right{"https://a:1/", kGrpc, "https://a:1"},
        Right{"http://a:1", kGrpcPerSignal, "http://a:1"},
        Right{"https://a:1", kGrpcInsecure, "https://a:1"},
        Right{"http://a:1", kGrpcInsecure, "http://a:1"}, Right{"a:1", kGrpc, "https://a:1"},
        Right{"a:1", kGrpcInsecure, "http://a:1"}, Right{"a", kGrpcInsecure, "http://a"},
        Right{"[::1]:1", kGrpcInsecure, "http://[::1]:1"}));

struct Wrong {
  const char* endpoint;
  EndpointKind kind;
  const char* expected;
};

class WrongEndpoint : public testing::TestWithParam<Wrong> {};

TEST_P(WrongEndpoint, IsToldWhatWasExpectedWithoutWhatWasGiven) {
  const auto url = url_of_endpoint(GetParam().endpoint, GetParam().kind);
  ASSERT_FALSE(url.ok()) << url.value();
  EXPECT_THAT(url.error().message, HasSubstr(GetParam().expected));
  EXPECT_THAT(url.error().message, Not(HasSubstr("secret")));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongEndpoint,
    testing::Values(
        Wrong{"secret:4318", kBase, "http://HOST:PORT or https://HOST:PORT, and perhaps a path"},
        Wrong{"ftp://secret", kBase, "http://HOST:PORT"}, Wrong{"http://", kBase, "http://HOST"},
        Wrong{"http:///x", kBase, "http://HOST"}, Wrong{"http://:80", kBase, "http://HOST"},
        Wrong{"http://a:", kBase, "http://HOST"}, Wrong{"http://a:0", kBase, "http://HOST"},
        Wrong{"http://a:65536", kBase, "http://HOST"}, Wrong{"http://a:x", kBase, "http://HOST"},
        Wrong{"http://a:1:2", kBase, "http://HOST"}, Wrong{"http://[::1", kBase, "http://HOST"},
        Wrong{"http://[]", kBase, "http://HOST"}, Wrong{"http://[::1]x", kBase, "http://HOST"},
        Wrong{"http://a%41", kBase, "http://HOST"},
        Wrong{"http://a?secret", kBase, "a base URL without a query"},
        Wrong{"http://me:secret@a", kBase, "without a user and a password"},
        Wrong{"http://secret@a", kGrpc, "without a user and a password"},
        Wrong{"http://a/#secret", kBase, "without a fragment"},
        Wrong{"http://a/se cret", kPerSignal, "without blanks"},
        Wrong{"http://caf\xc3\xa9", kBase, "printable ASCII"},
        Wrong{"http://a:1/secret", kGrpc, "no path, for the protocol is grpc"},
        Wrong{"http://a:1/?secret", kGrpc, "no path, for the protocol is grpc"},
        Wrong{"unix:/secret", kGrpc, "http://HOST:PORT, https://HOST:PORT or HOST:PORT"},
        Wrong{"dns://a/secret", kGrpc, "http://HOST:PORT, https://HOST:PORT or HOST:PORT"},
        Wrong{"://a", kGrpc, ""}));

}  // namespace
}  // namespace shmx::config
