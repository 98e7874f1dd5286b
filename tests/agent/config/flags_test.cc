// The command line: what users write and what they are told.
#include "agent/config/flags.h"

#include <gmock/gmock.h>

namespace shmx::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

using Arguments = std::vector<std::string>;

Flags parse(const Arguments& arguments) {
  auto parsed = parse_flags(arguments, "1.2.3");
  if (const auto* exit = std::get_if<Exit>(&parsed)) {
    ADD_FAILURE() << exit->text;
    return {};
  }
  return std::get<Flags>(parsed);
}

Exit refuse(const Arguments& arguments) {
  auto parsed = parse_flags(arguments, "1.2.3");
  const auto* exit = std::get_if<Exit>(&parsed);
  return exit ? *exit : Exit{-1, "accepted"};
}

TEST(Flags, WithoutAnyTheDefaultsHold) {
  const Flags flags = parse({});
  EXPECT_THAT(flags.listen_addresses, ElementsAre(":9919"));
  EXPECT_EQ(flags.telemetry_path, "/metrics");
  EXPECT_EQ(flags.max_requests, 40U);
  EXPECT_EQ(flags.max_held_bytes, std::size_t{256} << 20);
  EXPECT_FALSE(flags.created_timestamps);
  EXPECT_EQ(flags.log_level, LogLevel::info);
  EXPECT_EQ(flags.log_format, LogFormat::logfmt);
  EXPECT_EQ(flags.config_file, "");
  EXPECT_EQ(flags.web_config_file, "");
  EXPECT_FALSE(flags.enable_lifecycle);
  EXPECT_FALSE(flags.config_check);
  EXPECT_THAT(flags.segment_directories, ElementsAre("/run/shm-exporter/segments"));
  EXPECT_EQ(flags.rescan_interval, std::chrono::seconds(30));
  EXPECT_THAT(flags.otlp, IsEmpty());
  EXPECT_EQ(flags.feed_listen_address, "unix:/run/shm-exporter/state/feed.sock");
  EXPECT_EQ(flags.feed_max_subscribers, 64U);
}

TEST(Flags, EachIsTaken) {
  const Flags flags = parse(
      {"--web.listen-address=[::1]:0", "--web.telemetry-path", "/m", "--web.max-requests=7",
       "--web.max-held-bytes=64MiB", "--web.created-timestamps", "--log.level", "warn",
       "--log.format=json", "--config.file=a.yml", "--config.check", "--web.config.file=w.yml",
       "--web.enable-lifecycle", "--segments.directory=/s", "--segments.rescan-interval=5m"});
  EXPECT_THAT(flags.listen_addresses, ElementsAre("[::1]:0"));
  EXPECT_EQ(flags.telemetry_path, "/m");
  EXPECT_EQ(flags.max_requests, 7U);
  EXPECT_EQ(flags.max_held_bytes, std::size_t{64} << 20);
  EXPECT_TRUE(flags.created_timestamps);
  EXPECT_EQ(flags.log_level, LogLevel::warn);
  EXPECT_EQ(flags.log_format, LogFormat::json);
  EXPECT_EQ(flags.config_file, "a.yml");
  EXPECT_TRUE(flags.config_check);
  EXPECT_EQ(flags.web_config_file, "w.yml");
  EXPECT_TRUE(flags.enable_lifecycle);
  EXPECT_THAT(flags.segment_directories, ElementsAre("/s"));
  EXPECT_EQ(flags.rescan_interval, std::chrono::minutes(5));
}

TEST(Flags, AddressesAndDirectoriesMayBeRepeated) {
  const Flags flags = parse({"--web.listen-address=:1", "--web.listen-address", ":2",
                             "--segments.directory=/a", "--segments.directory=/b"});
  EXPECT_THAT(flags.listen_addresses, ElementsAre(":1", ":2"));
  EXPECT_THAT(flags.segment_directories, ElementsAre("/a", "/b"));
}

TEST(Flags, OfThePushAreKeptAsTheyAreWritten) {
  const Flags flags = parse({"--otlp.endpoint=http://a:1/x", "--otlp.max-request-bytes", "1MiB",
                             "--otlp.bearer-token-file=/t", "--otlp.interval=soon"});
  EXPECT_THAT(flags.otlp,
              ElementsAre(Pair("bearer_token_file", "/t"), Pair("endpoint", "http://a:1/x"),
                          Pair("interval", "soon"), Pair("max_request_bytes", "1MiB")));
}

TEST(Flags, OfTheFeedAreTaken) {
  const Flags flags = parse({"--feed.listen-address=[::1]:0", "--feed.max-subscribers=3"});
  EXPECT_EQ(flags.feed_listen_address, "[::1]:0");
  EXPECT_EQ(flags.feed_max_subscribers, 3U);
}

TEST(Flags, TheFeedIsBesideTheStateUnlessItIsElsewhereOrOff) {
  EXPECT_EQ(parse({"--state.directory=/s"}).feed_listen_address, "unix:/s/feed.sock");
  EXPECT_EQ(parse({"--state.directory=/s", "--feed.listen-address=unix:/f"}).feed_listen_address,
            "unix:/f");
  EXPECT_EQ(parse({"--feed.listen-address=none"}).feed_listen_address, "");
}

TEST(Flags, EveryLevelIsTaken) {
  EXPECT_EQ(parse({"--log.level=debug"}).log_level, LogLevel::debug);
  EXPECT_EQ(parse({"--log.level=info"}).log_level, LogLevel::info);
  EXPECT_EQ(parse({"--log.level=warn"}).log_level, LogLevel::warn);
  EXPECT_EQ(parse({"--log.level=error"}).log_level, LogLevel::error);
}

struct Mistake {
  Arguments arguments;
  const char* told;
};

class WrongFlags : public testing::TestWithParam<Mistake> {};

TEST_P(WrongFlags, EndWithOneLineThatNamesTheMistake) {
  const Exit exit = refuse(GetParam().arguments);
  EXPECT_EQ(exit.code, 1);
  EXPECT_THAT(exit.text, AllOf(StartsWith("shm_exporter: error: "), HasSubstr(GetParam().told),
                               HasSubstr(", try --help\n")));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongFlags,
    testing::Values(
        Mistake{{"--nonsense"}, "--nonsense"}, Mistake{{"extra"}, "extra"},
        Mistake{{"--web.listen-address=:1", ":2"}, ":2"},
        Mistake{{"--config.file"}, "--config.file"},
        Mistake{{"--web.max-requests=many"}, "--web.max-requests"},
        Mistake{{"--web.max-requests=0"}, "1 to 10000"},
        Mistake{{"--web.max-requests=10001"}, "1 to 10000"},
        Mistake{{"--web.max-held-bytes=1023KiB"}, "--web.max-held-bytes"},
        Mistake{{"--web.max-held-bytes=2TiB"}, "--web.max-held-bytes"},
        Mistake{{"--web.max-held-bytes=-5MiB"}, "--web.max-held-bytes"},
        Mistake{{"--web.max-held-bytes=5M2"}, "--web.max-held-bytes"},
        Mistake{{"--web.telemetry-path=metrics"}, "a path that begins with /, got metrics"},
        Mistake{{"--segments.directory=run"}, "a path that begins with /, got run"},
        Mistake{{"--segments.directory=/a", "--segments.directory=/a/"}, "once, got /a again"},
        Mistake{{"--otlp.headers=a=b"}, "--otlp.headers"},
        Mistake{{"--otlp.endpoint"}, "--otlp.endpoint"},
        Mistake{{"--feed.max-subscribers=0"}, "1 to 10000"},
        Mistake{{"--feed.tls-cert-file=/c"}, "--feed.tls-cert-file"},
        Mistake{{"--web.config.file"}, "--web.config.file"},
        Mistake{{"--log.level=trace"}, "--log.level: expected debug or info or warn or error"},
        Mistake{{"--log.level=0"}, "got 0"},
        Mistake{{"--log.format=text"}, "--log.format: expected logfmt or json, got text"},
        Mistake{{"--segments.rescan-interval=30"}, "--segments.rescan-interval"},
        Mistake{{"--segments.rescan-interval=0s"}, "1s to 24h"},
        Mistake{{"--segments.rescan-interval=999ms"}, "1s to 24h"},
        Mistake{{"--segments.rescan-interval=25h"}, "1s to 24h"},
        Mistake{{"--segments.rescan-interval=-5s"}, "--segments.rescan-interval"},
        Mistake{{"--segments.rescan-interval=5d"}, "--segments.rescan-interval"}));

TEST(Flags, HelpNamesEveryFlagWithItsDefault) {
  const Exit help = refuse({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const auto* flag : {"--web.listen-address [HOST]:PORT|unix:/PATH=:9919",
                           "--web.telemetry-path PATH=/metrics",
                           "--web.config.file FILE",
                           "--web.enable-lifecycle",
                           "--config.check",
                           "--web.max-requests NUMBER=40",
                           "--web.max-held-bytes SIZE=256MiB",
                           "--web.created-timestamps",
                           "--segments.directory PATH=/run/shm-exporter/segments",
                           "--segments.rescan-interval DURATION=30s",
                           "--otlp.endpoint URL",
                           "--otlp.protocol http/protobuf|grpc=http/protobuf",
                           "--otlp.interval DURATION=60s",
                           "--otlp.max-request-bytes SIZE=4MiB",
                           "ps shows flags",
                           "\nOTLP push:\n",
                           "\ngRPC feed:\n",
                           "=unix:STATE_DIRECTORY/feed.sock",
                           "--feed.max-subscribers NUMBER=64",
                           "--config.file FILE",
                           "--log.level debug|info|warn|error=info",
                           "--log.format logfmt|json=logfmt",
                           "--version"}) {
    EXPECT_THAT(help.text, HasSubstr(flag));
  }
}

TEST(Flags, TheVersionIsOneLine) {
  const Exit version = refuse({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.text, "shm_exporter, version 1.2.3\n");
}

TEST(Flags, TheServiceManagersSocketsAreInsteadOfAddresses) {
  EXPECT_FALSE(parse({}).systemd_socket);
  EXPECT_TRUE(parse({"--web.systemd-socket"}).systemd_socket);
  const Exit exit = refuse({"--web.systemd-socket", "--web.listen-address=:0"});
  EXPECT_EQ(exit.code, 1);
  EXPECT_THAT(exit.text, AllOf(HasSubstr("--web.systemd-socket"), HasSubstr("excludes"),
                               HasSubstr("--web.listen-address")));
}

}  // namespace
}  // namespace shmx::config
