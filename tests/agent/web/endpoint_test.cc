// Listen addresses as users write them.
#include "agent/web/endpoint.h"

#include <gmock/gmock.h>

namespace shmx::web {
namespace {

using testing::HasSubstr;

struct Good {
  const char* text;
  const char* host;
  std::uint16_t port;
};

class GoodEndpoint : public testing::TestWithParam<Good> {};

TEST_P(GoodEndpoint, IsSplitIntoHostAndPort) {
  const auto endpoint = parse_endpoint(GetParam().text);
  ASSERT_TRUE(endpoint.ok());
  EXPECT_EQ(endpoint.value().host, GetParam().host);
  EXPECT_EQ(endpoint.value().port, GetParam().port);
}

INSTANTIATE_TEST_SUITE_P(Table, GoodEndpoint,
                         testing::Values(Good{":9919", "", 9919}, Good{":0", "", 0},
                                         Good{"192.0.2.1:65535", "192.0.2.1", 65535},
                                         Good{"[2001:db8::1]:9919", "2001:db8::1", 9919},
                                         Good{"[::]:9919", "::", 9919},
                                         Good{"host.example:80", "host.example", 80}));

struct Bad {
  const char* text;
  const char* why;
};

class BadEndpoint : public testing::TestWithParam<Bad> {};

TEST_P(BadEndpoint, IsRefusedWithTheReasonAndTheRightForms) {
  const auto endpoint = parse_endpoint(GetParam().text);
  ASSERT_FALSE(endpoint.ok());
  EXPECT_THAT(endpoint.error().message, HasSubstr(GetParam().why));
  EXPECT_THAT(endpoint.error().message, HasSubstr(std::string("\"") + GetParam().text + "\""));
  EXPECT_THAT(endpoint.error().message,
              HasSubstr("write HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH"));
}

INSTANTIATE_TEST_SUITE_P(Table, BadEndpoint,
                         testing::Values(Bad{"", "the port is missing"},
                                         Bad{"9919", "the port is missing"},
                                         Bad{"host:", "the port is not a number"},
                                         Bad{"host:http", "the port is not a number"},
                                         Bad{"host:65536", "the port is not a number"},
                                         Bad{"host:-1", "the port is not a number"},
                                         Bad{"host: 1", "the port is not a number"},
                                         Bad{"::1:9919", "an IPv6 address stands in brackets"},
                                         Bad{"[::1:9919", "the brackets are wrong"},
                                         Bad{"[]:9919", "the brackets are wrong"},
                                         Bad{"unix:", "is absolute"},
                                         Bad{"unix:metrics.sock", "is absolute"},
                                         Bad{"unix:/run/", "ends in the socket's name"}));

TEST(UnixEndpoint, IsAPath) {
  for (const char* const text : {"unix:/run/metrics.sock", "unix:///run/metrics.sock"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint.ok()) << text;
    EXPECT_EQ(endpoint.value().path, "/run/metrics.sock");
  }
}

TEST(UnixEndpoint, HasAPathThatTheKernelTakes) {
  EXPECT_TRUE(parse_endpoint("unix:/" + std::string(106, 'x')).ok());
  const auto longer = parse_endpoint("unix:/" + std::string(107, 'x'));
  ASSERT_FALSE(longer.ok());
  EXPECT_THAT(longer.error().message, HasSubstr("at most 107 bytes"));
}

}  // namespace
}  // namespace shmx::web
