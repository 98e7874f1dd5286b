// web-config.yml without TLS: what it may say, and where a mistake is.
#include "agent/config/web_config.h"

#include <gmock/gmock.h>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::TestWithParam;

constexpr const char* kHash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

Result<std::string> no_file(const std::string& path) {
  ADD_FAILURE() << "read " << path;
  return Error{"there are no files"};
}

Result<web::Config> parse(const std::string& text) {
  return parse_web_config(text, "web.yml", "", no_file);
}

TEST(WebConfig, OfNothingSaysNothing) {
  for (const auto* text :
       {"", "\n", "# only a comment\n", "---\n", "{}", "basic_auth_users:\n", "rate_limit:\n",
        "http_server_config:\nbasic_auth_users: {}\nrate_limit: {interval: 0}\n"}) {
    const auto config = parse(text);
    ASSERT_TRUE(config.ok()) << text << config.error().message;
    EXPECT_FALSE(config.value().tls) << text;
    EXPECT_THAT(config.value().headers, IsEmpty()) << text;
    EXPECT_FALSE(config.value().rate_limit) << text;
    EXPECT_THAT(config.value().users, IsEmpty()) << text;
    EXPECT_THAT(config.value().files, ElementsAre("web.yml")) << text;
  }
}

TEST(WebConfig, KeepsUsersHeadersAndTheRate) {
  const auto config = parse(
      "basic_auth_users:\n"
      "  alice: " +
      std::string(kHash) +
      "\n"
      "  'bob b': $2a$04$" +
      std::string(53, 'a') +
      "\n"
      "http_server_config:\n"
      "  http2: false\n"
      "  headers:\n"
      "    Content-Security-Policy: default-src 'self'\n"
      "    X-Frame-Options: sameorigin\n"
      "    X-Content-Type-Options: nosniff\n"
      "    X-XSS-Protection: ''\n"
      "    Strict-Transport-Security: max-age=3600\n"
      "rate_limit: {interval: 1m30s, burst: 7}\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_THAT(config.value().users,
              ElementsAre(Pair("alice", kHash), Pair("bob b", "$2a$04$" + std::string(53, 'a'))));
  EXPECT_THAT(config.value().headers,
              ElementsAre(Pair("Content-Security-Policy", "default-src 'self'"),
                          Pair("Strict-Transport-Security", "max-age=3600"),
                          Pair("X-Content-Type-Options", "nosniff"),
                          Pair("X-Frame-Options", "sameorigin")));
  ASSERT_TRUE(config.value().rate_limit);
  EXPECT_EQ(config.value().rate_limit->interval, std::chrono::seconds(90));
  EXPECT_EQ(config.value().rate_limit->burst, 7U);
}

struct Mistake {
  std::string text;
  const char* told;
};

class WrongWebConfig : public TestWithParam<Mistake> {};

TEST_P(WrongWebConfig, IsAnErrorWithItsPlace) {
  const auto config = parse(GetParam().text);
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message, HasSubstr(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongWebConfig,
    ::testing::Values(
        Mistake{"tls_config: {}",
                "web.yml:1:1: expected tls_server_config, http_server_config, basic_auth_users or "
                "rate_limit, found tls_config"},
        Mistake{"[]", "web.yml:1:1: expected a map of web configuration"},
        Mistake{"rate_limit: {}\nrate_limit: {}",
                "web.yml:2:1: expected each key once, found rate"},
        Mistake{"rate_limit: {}\n---\n{}", "web.yml:2:1: expected one document"},
        Mistake{"rate_limit: {", "web.yml:1:"},
        Mistake{"http_server_config:\n  http3: true", "web.yml:2:3: expected http2 or headers"},
        Mistake{"http_server_config: {http2: maybe}", "web.yml:1:29: expected true or false"},
        Mistake{"http_server_config:\n  headers:\n    X-Other: a",
                "web.yml:3:5: expected Content-Security-Policy, X-Frame-Options,"},
        Mistake{"http_server_config:\n  headers:\n    x-frame-options: deny", "web.yml:3:5:"},
        Mistake{"http_server_config:\n  headers:\n    X-Frame-Options: DENY",
                "web.yml:3:22: expected deny or sameorigin for X-Frame-Options, found DENY"},
        Mistake{"http_server_config: {headers: {X-Content-Type-Options: no}}",
                "web.yml:1:56: expected nosniff for X-Content-Type-Options, found no"},
        Mistake{"http_server_config:\n  headers:\n    X-XSS-Protection: \"1\\r\\nSet-Cookie: a\"",
                "web.yml:3:23: expected a value without control characters"},
        Mistake{"http_server_config: {headers: {X-XSS-Protection: [a]}}",
                "web.yml:1:50: expected one value for X-XSS-Protection"},
        Mistake{"basic_auth_users: [alice]", "web.yml:1:19: expected a map of users"},
        Mistake{"basic_auth_users:\n  alice: secret", "web.yml:2:10: expected a bcrypt hash"},
        Mistake{"basic_auth_users:\n  alice:", "web.yml:2:3: expected a bcrypt hash"},
        Mistake{"basic_auth_users:\n  alice: $2y$03$" + std::string(53, 'a'), "web.yml:2:10:"},
        Mistake{"basic_auth_users:\n  alice: $2y$17$" + std::string(53, 'a'), "web.yml:2:10:"},
        Mistake{"basic_auth_users:\n  alice: $2x$10$" + std::string(53, 'a'), "web.yml:2:10:"},
        Mistake{"basic_auth_users:\n  alice: $2y$1a$" + std::string(53, 'a'), "web.yml:2:10:"},
        Mistake{"basic_auth_users:\n  alice: $2y$10$" + std::string(52, 'a'), "web.yml:2:10:"},
        Mistake{"basic_auth_users:\n  alice: $2y$10$" + std::string(52, 'a') + "+",
                "web.yml:2:10:"},
        Mistake{"basic_auth_users:\n  'a:b': " + std::string(kHash),
                "web.yml:2:3: expected a user's"},
        Mistake{"basic_auth_users:\n  \"a\\n\": " + std::string(kHash),
                "web.yml:2:3: expected a user's"},
        Mistake{"rate_limit: {interval: 1, burst: 1}", "web.yml:1:24: expected a duration"},
        Mistake{"rate_limit: {interval: -1s, burst: 1}", "web.yml:1:24: expected a duration"},
        Mistake{"rate_limit: {interval: 1s}", "web.yml:1:13: expected burst of 1 or more"},
        Mistake{"rate_limit: {burst: -1}",
                "web.yml:1:21: expected 0 to 1000000 for burst, found -1"},
        Mistake{"rate_limit: {burst: 1000001}", "web.yml:1:21: expected 0 to 1000000"}));

TEST(WebConfig, DoesNotRepeatWhatMayBeAPassword) {
  const auto config = parse("basic_auth_users:\n  alice: hunter2\n");
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message, Not(HasSubstr("hunter2")));
}

TEST(WebConfig, IsReadFromAFileThatErrorsName) {
  const testing::TemporaryDirectory directory;
  directory.write("web.yml", "rate_limit: {interval: 1s, burst: 2}\n");
  const auto config = load_web_config(directory.file("web.yml"));
  ASSERT_TRUE(config.ok());
  EXPECT_THAT(config.value().files, ElementsAre(directory.file("web.yml")));
  directory.write("web.yml", "x: 1\n");
  const auto wrong = load_web_config(directory.file("web.yml"));
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().message, HasSubstr(directory.file("web.yml") + ":1:1: expected"));
  const auto missing = load_web_config(directory.file("none.yml"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message,
            "cannot read " + directory.file("none.yml") + ": No such file or directory");
}

}  // namespace
}  // namespace shmx::config
