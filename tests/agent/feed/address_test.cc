// Addresses of the feed.
#include "agent/feed/address.h"

#include <gmock/gmock.h>

namespace shmx::feed {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto address = parse_address(text);
  return address ? "none: " + to_text(address.value()) : address.error().message;
}

TEST(FeedAddress, IsAPathOrAHostWithAPort) {
  for (const std::string text : {"unix:/run/feed.sock", "localhost:0", "[::1]:1", ":65535"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address.ok()) << error_of(text);
    EXPECT_EQ(to_text(address.value()), text);
  }
  EXPECT_EQ(parse_address("unix:///run/feed.sock").value().path, "/run/feed.sock");
}

TEST(FeedAddress, IsLocalOnLoopbackAndUnixSocketsOnly) {
  for (const std::string text :
       {"unix:/feed", "localhost:0", "127.0.0.1:0", "127.9.9.9:0", "[::1]:0"}) {
    EXPECT_TRUE(parse_address(text).value().is_local()) << text;
  }
  for (const std::string text : {":0", "0.0.0.0:0", "[::]:0", "10.0.0.1:0", "128.0.0.1:0", "host:0",
                                 "127.0.0.1.example:0", "[::ffff:10.0.0.1]:0"}) {
    EXPECT_FALSE(parse_address(text).value().is_local()) << text;
  }
}

TEST(FeedAddress, ThatCannotBeSaysWhatCould) {
  EXPECT_THAT(error_of("50051"), HasSubstr("the port is missing; write unix:/PATH, HOST:PORT"));
  EXPECT_THAT(error_of("host:"), HasSubstr("from 0 to 65535"));
  EXPECT_THAT(error_of("host:65536"), HasSubstr("from 0 to 65535"));
  EXPECT_THAT(error_of("host:1x"), HasSubstr("from 0 to 65535"));
  EXPECT_THAT(error_of("::1:5"), HasSubstr("no such kind"));
  EXPECT_THAT(error_of("dns:///host:5"), HasSubstr("no such kind"));
  EXPECT_THAT(error_of("[::1:5"), HasSubstr("brackets"));
  EXPECT_THAT(error_of("[]:5"), HasSubstr("brackets"));
  EXPECT_THAT(error_of("unix:feed.sock"), HasSubstr("absolute"));
  EXPECT_THAT(error_of("unix:"), HasSubstr("absolute"));
  EXPECT_THAT(error_of("unix:/run/"), HasSubstr("socket's name"));
  EXPECT_THAT(error_of(std::string("unix:/a\0b", 9)), HasSubstr("byte 0"));
}

TEST(FeedAddress, HasAPathThatASocketCanHave) {
  EXPECT_TRUE(parse_address("unix:/" + std::string(kMaxSocketPathBytes - 1, 'a')).ok());
  EXPECT_THAT(error_of("unix:/" + std::string(kMaxSocketPathBytes, 'a')),
              HasSubstr("at most 107 bytes, and this has 108"));
}

}  // namespace
}  // namespace shmx::feed
