#include "agent/web/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shmx::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Url, HasPortsOfItsOwnOrThoseOfItsScheme) {
  const std::string port = ":4318";
  EXPECT_EQ(parse_url("http://receiver" + port + "/v1/metrics")->port, 4318);
  EXPECT_EQ(parse_url("http://receiver/v1/metrics")->port, 80);
  EXPECT_EQ(parse_url("https://receiver/v1/metrics")->port, 443);
  EXPECT_EQ(parse_url("https://receiver", 4317)->port, 4317);
  EXPECT_EQ(parse_url("https://receiver" + port, 4317)->port, 4318);
}

TEST(Url, KeepsItsPathAndQueryAsWritten) {
  EXPECT_EQ(parse_url("http://receiver")->target, "/");
  EXPECT_EQ(parse_url("http://receiver/a%20b/?tenant=1")->target, "/a%20b/?tenant=1");
  EXPECT_EQ(parse_url("http://receiver?tenant=1")->target, "/?tenant=1");
}

TEST(Url, TakesNamesAndAddresses) {
  EXPECT_EQ(parse_url("http://127.0.0.1/")->host, "127.0.0.1");
  EXPECT_EQ(parse_url("http://127.0.0.1/")->authority(), std::string("127.0.0.1") + ":80");
  EXPECT_EQ(parse_url("http://[::1]:9/")->host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:9/")->authority(), std::string("[::1]") + ":9");
  EXPECT_EQ(parse_url("HTTPS://Receiver.example/")->host, "Receiver.example");
  EXPECT_TRUE(parse_url("HTTPS://receiver/")->tls);
}

TEST(Url, IsShownWithoutWhatMayBeASecret) {
  EXPECT_EQ(without_secrets("http://receiver:4318/a/b"), "http://receiver:4318/a/b");
  EXPECT_EQ(without_secrets("http://receiver/a?key=secret@x/y"), "http://receiver/a");
  EXPECT_EQ(without_secrets("http://receiver?key=secret"), "http://receiver");
  EXPECT_EQ(without_secrets("http://user:secret@receiver/a@b"), "http://receiver/a@b");
  EXPECT_EQ(without_secrets("http://user:sec@ret@receiver"), "http://receiver");
  EXPECT_EQ(without_secrets("user:secret@receiver/a"), "receiver/a");
  EXPECT_EQ(without_secrets("unix:/run/receiver@a"), "unix:/run/receiver@a");
  EXPECT_EQ(without_secrets(""), "");
  for (const auto* const wrong : {"http://user:secret@receiver/", "http://receiver:x/?secret"}) {
    EXPECT_THAT(parse_url(wrong).error().message, Not(HasSubstr("secret"))) << wrong;
  }
}

TEST(Url, SaysWhatIsWrongWithIt) {
  for (const auto* const text :
       {"", "receiver", "receiver:4318", "//receiver", "http://", "http:///x", "http://receiver:0/",
        "http://receiver:65536/", "http://receiver:65537/", "http://receiver:x/",
        "http://receiver:1x/", "http://a b/", "http://user@receiver/", "http://receiver/#top",
        "unix:/run/receiver", "http://[::1/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error().message, HasSubstr("endpoint \"" + without_secrets(text) + "\": "));
  }
}

}  // namespace
}  // namespace shmx::web
