// What both protocols do alike, against the strict receiver.
#include "agent/push/transport.h"

#include <thread>

#include "tests/agent/push/sending.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::push {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Kind = Reply::Kind;
using testing::Behaviour;

constexpr auto kPatience = std::chrono::seconds(60);

class TransportOver : public Sending {
 protected:
  testing::Receiver receiver_;
};

TEST_P(TransportOver, DeliversARequestWithItsHeaders) {
  auto options = options_for(receiver_);
  options.headers = {{"X-Tenant", "shop"}, {"api-key", "a b=c"}};
  const Reply reply = made(options)->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
  EXPECT_EQ(reply.message, "");
  EXPECT_EQ(reply.rejected_points, 0);
  EXPECT_EQ(reply.sent_bytes, request_with(5).size());
  EXPECT_EQ(receiver_->ledger().total("orders"), 5);
  EXPECT_THAT(receiver_->violations(), IsEmpty());
  const auto arrival = receiver_->arrivals().at(0);
  EXPECT_EQ(arrival.header("x-tenant"), "shop");
  EXPECT_EQ(arrival.header("api-key"), "a b=c");
  EXPECT_THAT(arrival.header("user-agent"), StartsWith(kUserAgent));
  EXPECT_EQ(arrival.headers.count("authorization"), 0U);
  EXPECT_FALSE(arrival.gzip);
}

TEST_P(TransportOver, CompressesWhenAskedTo) {
  auto options = options_for(receiver_);
  options.compression = Compression::gzip;
  // Descriptions that repeat themselves: what compresses is not in the way of what is checked.
  const auto request = request_with(5) + testing::wire::bytes(100, std::string(50'000, 'x'));
  const Reply reply = made(options)->send(request, soon());
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
  const auto arrival = receiver_->arrivals().at(0);
  EXPECT_TRUE(arrival.gzip);
  EXPECT_LT(arrival.body_bytes, request.size() / 10);
  EXPECT_EQ(reply.sent_bytes, over_grpc() ? request.size() : arrival.body_bytes);
  EXPECT_EQ(receiver_->ledger().total("orders"), 5);
}

TEST_P(TransportOver, KeepsItsConnection) {
  const auto transport = made(options_for(receiver_));
  for (std::uint64_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(transport->send(request_with(i, i + 1), soon()).kind, Kind::accepted);
  }
  EXPECT_EQ(receiver_->requests(), 3U);
  EXPECT_EQ(receiver_->connections(), 1U);
}

TEST_P(TransportOver, TheBearerTokenIsReadAgainWhenItsFileChanges) {
  const testing::TemporaryDirectory directory;
  directory.write("token", "first\n");
  auto options = options_for(receiver_);
  options.bearer_token_file = directory.file("token");
  const auto transport = made(options);
  transport->send(request_with(1), soon());
  directory.write("token", "the second one is no token");
  const Reply kept = transport->send(request_with(2, 3), soon());
  EXPECT_EQ(kept.kind, Kind::accepted);
  EXPECT_THAT(kept.message, HasSubstr("the last token is still used"));
  EXPECT_EQ(transport->send(request_with(3, 4), soon()).message, "");
  directory.write("token", "second");
  transport->send(request_with(4, 5), soon());
  const auto arrivals = receiver_->arrivals();
  EXPECT_EQ(arrivals.at(0).header("authorization"), "Bearer first");
  EXPECT_EQ(arrivals.at(1).header("authorization"), "Bearer first");
  EXPECT_EQ(arrivals.at(2).header("authorization"), "Bearer first");
  EXPECT_EQ(arrivals.at(3).header("authorization"), "Bearer second");
}

TEST_P(TransportOver, PartialSuccessIsAcceptedWithItsRejectedPoints) {
  Behaviour behaviour;
  behaviour.rejected_points = 1;
  behaviour.message = "too\x01old\nsecond line";
  receiver_->script(behaviour);
  const Reply reply = made(options_for(receiver_))->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::accepted);
  EXPECT_EQ(reply.rejected_points, 1);
  EXPECT_EQ(reply.message, "too?old");
}

TEST_P(TransportOver, AnAnswerThatCannotBeReadIsAcceptedWithAMessage) {
  Behaviour behaviour;
  behaviour.body = "\xff\xff garbage";
  receiver_->script(behaviour);
  const Reply reply = made(options_for(receiver_))->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::accepted);
  EXPECT_THAT(reply.message, HasSubstr("no ExportMetricsServiceResponse"));
}

TEST_P(TransportOver, AReceiverThatNeverAnswersIsRetriedAfterTheDeadline) {
  Behaviour dead;
  dead.answer = Behaviour::Answer::never;
  receiver_->script(dead);
  const auto transport = made(options_for(receiver_));
  const Reply reply = transport->send(request_with(5), at_once());
  EXPECT_EQ(reply.kind, Kind::retry);
  EXPECT_THAT(reply.message,
              over_grpc() ? HasSubstr("DEADLINE_EXCEEDED") : HasSubstr("not within the time"));
  EXPECT_EQ(transport->send(request_with(6, 3), soon()).kind, Kind::accepted);
}

TEST_P(TransportOver, ADeadlineThatIsOverIsARetry) {
  const auto transport = made(options_for(receiver_));
  const auto over = Transport::Clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(transport->send(request_with(5), over).kind, Kind::retry);
  EXPECT_EQ(transport->send(request_with(5), soon()).kind, Kind::accepted);
}

TEST_P(TransportOver, ARefusedConnectionIsARetryThatSucceedsOnceTheReceiverIsThere) {
  const auto options = options_for(receiver_);
  const auto transport = made(options);
  receiver_.go_down();
  const Reply reply = transport->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::retry);
  EXPECT_THAT(reply.message, HasSubstr("Connection refused"));
  receiver_.come_up();
  const Reply after = transport->send(request_with(5), soon());
  EXPECT_EQ(after.kind, Kind::accepted) << after.message;
}

TEST_P(TransportOver, ARestartOfTheReceiverBetweenTwoPushesDropsNone) {
  const auto transport = made(options_for(receiver_));
  EXPECT_EQ(transport->send(request_with(5), soon()).kind, Kind::accepted);
  receiver_.go_down();
  receiver_.come_up();
  // gRPC may notice only by the call that fails; that is a retry, as the standard has it.
  Reply reply = transport->send(request_with(6, 3), soon());
  if (over_grpc() && reply.kind == Kind::retry) reply = transport->send(request_with(6, 3), soon());
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
}

TEST_P(TransportOver, AnAnswerThatComesLateButInTimeCounts) {
  Behaviour slow;
  slow.answer = Behaviour::Answer::when_released;
  receiver_->script(slow);
  std::thread releaser([this] {
    receiver_->wait_until_held(kPatience);
    receiver_->release();
  });
  const Reply reply = made(options_for(receiver_))->send(request_with(5), soon());
  releaser.join();
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
}

TEST_P(TransportOver, AClosedConnectionIsARetry) {
  for (const auto close : {Behaviour::Close::before_reading, Behaviour::Close::after_reading,
                           Behaviour::Close::after_recording}) {
    Behaviour behaviour;
    behaviour.close = close;
    receiver_->script(behaviour);
    const Reply reply = made(options_for(receiver_))->send(request_with(5), soon());
    EXPECT_EQ(reply.kind, Kind::retry);
    EXPECT_THAT(reply.message, HasSubstr("losed"));
  }
  EXPECT_EQ(receiver_->ledger().total("orders"), 5);
}

TEST_P(TransportOver, WhatTheReceiverDoesNotUnderstandIsRefused) {
  const Reply reply = made(options_for(receiver_))->send("\xff\xff", soon());
  EXPECT_EQ(reply.kind, Kind::refused);
  EXPECT_THAT(reply.message, HasSubstr("no ExportMetricsServiceRequest"));
}

INSTANTIATE_TEST_SUITE_P(Protocols, TransportOver,
                         ::testing::Values(Protocol::http_protobuf, Protocol::grpc), protocol_name);

struct BadOptions {
  const char* name;
  Options options;
  const char* sentence;
};

class MakingATransport : public ::testing::TestWithParam<BadOptions> {};

TEST_P(MakingATransport, SaysWhatIsWrong) {
  for (const auto protocol : {Protocol::http_protobuf, Protocol::grpc}) {
    auto options = GetParam().options;
    options.protocol = protocol;
    const auto transport = make_transport(options, kUserAgent);
    ASSERT_FALSE(transport);
    EXPECT_THAT(transport.error().message, HasSubstr(GetParam().sentence));
  }
}

std::vector<BadOptions> bad_options() {
  const auto of = [](auto change) {
    Options options;
    options.url = "https://receiver:1";
    change(options);
    return options;
  };
  return {
      {"scheme", of([](auto& o) { o.url = "ftp://receiver"; }), "neither http nor https"},
      {"no_url", of([](auto& o) { o.url = "receiver"; }), "http://HOST:PORT"},
      {"header_name", of([](auto& o) {
         o.headers = {{"a b", "c"}};
       }),
       "not a header's name"},
      {"header_value", of([](auto& o) {
         o.headers = {{"a", "b\r\nc: d"}};
       }),
       "printable ASCII"},
      {"own_header", of([](auto& o) {
         o.headers = {{"Content-Type", "x"}};
       }),
       "leave it out"},
      {"token_twice", of([](auto& o) {
         o.headers = {{"Authorization", "x"}};
         o.bearer_token_file = "/nowhere";
       }),
       "give one of them"},
      {"no_token", of([](auto& o) { o.bearer_token_file = "/nowhere/token"; }), "/nowhere/token"},
      {"no_authorities", of([](auto& o) { o.tls.authorities = "/nowhere/ca"; }), "/nowhere/ca"},
      {"empty_authorities", of([](auto& o) { o.tls.authorities = "/dev/null"; }), "/dev/null"},
      {"bad_authorities", of([](auto& o) { o.tls.authorities = "/etc/passwd"; }), "/etc/passwd"},
      {"no_key", of([](auto& o) { o.tls.certificate = "/nowhere/cert"; }), "only one is given"},
  };
}

INSTANTIATE_TEST_SUITE_P(From, MakingATransport, ::testing::ValuesIn(bad_options()),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace shmx::push
