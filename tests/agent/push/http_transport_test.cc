// What is HTTP's own.
#include "agent/push/http_transport.h"

#include <array>
#include <utility>

#include "agent/push/http_connection.h"
#include "tests/agent/push/sending.h"

namespace shmx::push {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = Reply::Kind;
using std::chrono::milliseconds;
using testing::Behaviour;

Reply reply_to(testing::Receiver& receiver, const Behaviour& behaviour,
               bool path_as_given = false) {
  receiver->script(behaviour);
  Options options;
  options.url = receiver.http_url();
  options.path_as_given = path_as_given;
  return made(options)->send(request_with(5), soon());
}

Behaviour answering(int status) {
  Behaviour behaviour;
  behaviour.status = status;
  return behaviour;
}

TEST(HttpTransport, RetriesTheStandardsFourCodesAndNoOther) {
  testing::Receiver receiver;
  for (const int status : {429, 502, 503, 504}) {
    EXPECT_EQ(reply_to(receiver, answering(status)).kind, Kind::retry) << status;
  }
  for (const int status : {301, 302, 307, 400, 401, 403, 404, 405, 408, 413, 415, 500, 501, 505}) {
    EXPECT_EQ(reply_to(receiver, answering(status)).kind, Kind::refused) << status;
  }
  EXPECT_EQ(reply_to(receiver, answering(202)).kind, Kind::accepted);
}

TEST(HttpTransport, WaitsAsLongAsRetryAfterSays) {
  testing::Receiver receiver;
  auto behaviour = answering(503);
  behaviour.headers = {{"Retry-After", "7"}};
  EXPECT_EQ(reply_to(receiver, behaviour).wait, milliseconds(7000));
  behaviour.headers = {{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"},
                       {"Date", "Sun, 06 Nov 1994 08:49:07 GMT"}};
  EXPECT_EQ(reply_to(receiver, behaviour).wait, milliseconds(30'000));
  behaviour.headers = {{"Retry-After", "later"}};
  EXPECT_FALSE(reply_to(receiver, behaviour).wait);
  EXPECT_FALSE(reply_to(receiver, answering(503)).wait);
  behaviour = answering(400);
  behaviour.headers = {{"Retry-After", "7"}};
  EXPECT_FALSE(reply_to(receiver, behaviour).wait);
}

TEST(HttpTransport, SaysWhatTheReceiverSaid) {
  testing::Receiver receiver;
  auto behaviour = answering(400);
  behaviour.message = "\n  out of \x1b[31morder\nsecond line";
  const auto text = reply_to(receiver, behaviour).message;
  EXPECT_THAT(text, AllOf(HasSubstr("answers 400: out of ?[31morder"), Not(HasSubstr("second"))));
  behaviour.body = testing::wire::number(1, 3) + testing::wire::bytes(2, "from the status");
  behaviour.headers = {{"Content-Type", "application/x-protobuf"}};
  EXPECT_THAT(reply_to(receiver, behaviour).message, HasSubstr("answers 400: from the status"));
  behaviour.message = std::string(10'000, 'x');
  behaviour.body.reset();
  behaviour.headers = {};
  EXPECT_LT(reply_to(receiver, behaviour).message.size(), 500U);
}

TEST(HttpTransport, DoesNotFollowARedirectAndNamesWhereItLeads) {
  testing::Receiver receiver;
  auto behaviour = answering(308);
  behaviour.headers = {{"Location", "https://elsewhere/v1/metrics"}};
  const Reply reply = reply_to(receiver, behaviour);
  EXPECT_EQ(reply.kind, Kind::refused);
  EXPECT_THAT(reply.message, HasSubstr("https://elsewhere/v1/metrics"));
  EXPECT_EQ(receiver->requests(), 1U);
}

TEST(HttpTransport, HintsAtTheUrlThatWouldWork) {
  testing::Receiver receiver({.path = "/api/v1/otlp/v1/metrics"});
  Options options;
  const auto url = receiver.http_url();
  options.url = url.substr(0, url.size() - std::string("/v1/metrics").size());
  options.path_as_given = true;
  EXPECT_THAT(made(options)->send(request_with(5), soon()).message, HasSubstr("try " + url));

  options.path_as_given = false;
  options.url = url.substr(0, url.find("/api")) + "/v1/metrics";
  EXPECT_THAT(made(options)->send(request_with(5), soon()).message,
              HasSubstr("Prometheus receives at " + url));
}

TEST(HttpTransport, HintsWhateverThePrometheusRefusesWith) {
  testing::Receiver receiver({.path = "/api/v1/otlp"});
  EXPECT_THAT(reply_to(receiver, answering(405), true).message, HasSubstr("/otlp/v1/metrics"));
  EXPECT_THAT(reply_to(receiver, answering(405), false).message,
              Not(HasSubstr("/otlp/v1/metrics")));
}

TEST(HttpTransport, NamesNoQueryForItMayBeASecret) {
  testing::Receiver receiver({.path = "/api/v1/otlp?key=secret"});
  const auto stem = receiver.http_url().substr(0, receiver.http_url().find('?'));
  EXPECT_THAT(reply_to(receiver, answering(404), true).message,
              AllOf(HasSubstr(stem + " answers 404"), HasSubstr("try " + stem + "/v1/metrics"),
                    Not(HasSubstr("secret"))));
  EXPECT_THAT(reply_to(receiver, answering(405), true).message,
              AllOf(HasSubstr("try " + stem + "/v1/metrics"), Not(HasSubstr("secret"))));
  auto behaviour = answering(308);
  behaviour.headers = {{"Location", "https://elsewhere/otlp?key=secret"}};
  EXPECT_THAT(reply_to(receiver, behaviour).message,
              AllOf(HasSubstr("https://elsewhere/otlp"), Not(HasSubstr("secret"))));
}

TEST(HttpTransport, OpensAConnectionAgainThatTheServerClosedAfterItsAnswer) {
  testing::Receiver receiver;
  Options options;
  options.url = receiver.http_url();
  const auto transport = made(options);
  Behaviour closing;
  closing.close = Behaviour::Close::after_answer;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    receiver->script(closing);
    const Reply reply = transport->send(request_with(i, i + 1), soon());
    EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
  }
  EXPECT_EQ(receiver->connections(), 5U);
  EXPECT_EQ(receiver->requests(), 5U);
  EXPECT_THAT(receiver->violations(), IsEmpty());
}

TEST(HttpTransport, SendsOnceMoreWhenAKeptConnectionClosesWithoutAWord) {
  testing::Receiver receiver;
  Options options;
  options.url = receiver.http_url();
  const auto transport = made(options);
  transport->send(request_with(1), soon());
  Behaviour closing;
  closing.close = Behaviour::Close::before_reading;
  receiver->script(closing);
  EXPECT_EQ(transport->send(request_with(2, 3), soon()).kind, Kind::accepted);
  EXPECT_EQ(receiver->requests(), 3U);
  receiver->script(closing);
  receiver->script(closing);
  EXPECT_EQ(transport->send(request_with(3, 4), soon()).kind, Kind::retry);
  EXPECT_EQ(receiver->requests(), 5U);
}

TEST(HttpTransport, DoesNotTakeForAnAnswerWhatAnIdleConnectionSaid) {
  testing::Receiver receiver;
  Options options;
  options.url = receiver.http_url();
  const auto transport = made(options);
  using Close = Behaviour::Close;
  for (const auto& [words, close] : {std::pair("408 Request Timeout", Close::after_answer),
                                     std::pair("400 Bad Request", Close::never)}) {
    Behaviour leaving;
    leaving.afterwards = std::string("HTTP/1.1 ") + words + "\r\nContent-Length: 0\r\n\r\n";
    leaving.close = close;
    receiver->script(leaving);
    EXPECT_EQ(transport->send(request_with(1), soon()).kind, Kind::accepted);
    const Reply reply = transport->send(request_with(1), soon());
    EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
  }
  EXPECT_EQ(receiver->connections(), 3U);  // The second of each goes on.
  EXPECT_EQ(receiver->requests(), 4U);
}

TEST(HttpTransport, SendsOnceMoreWhenAKeptConnectionAnswers408) {
  testing::Receiver receiver;
  Options options;
  options.url = receiver.http_url();
  const auto transport = made(options);
  transport->send(request_with(1), soon());
  receiver->script(answering(408));
  const Reply reply = transport->send(request_with(2, 3), soon());
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
  EXPECT_EQ(receiver->connections(), 2U);
  receiver->script(answering(408));
  receiver->script(answering(408));
  EXPECT_EQ(transport->send(request_with(3, 4), soon()).kind, Kind::refused);
  EXPECT_EQ(receiver->requests(), 5U);
}

TEST(HttpTransport, ReadsNoMoreThanAPieceOfAHugeAnswer) {
  testing::Receiver receiver;
  Behaviour huge;
  huge.body = std::string(HttpConnection::kMostBodyBytes + 1, 'x');
  const Reply reply = reply_to(receiver, huge);
  EXPECT_EQ(reply.kind, Kind::accepted);
  EXPECT_THAT(reply.message, HasSubstr("too large"));
  huge.body = std::string(std::size_t{64} << 20, 'x');
  huge.status = 500;
  EXPECT_EQ(reply_to(receiver, huge).kind, Kind::refused);
  Behaviour long_head;
  long_head.headers = {{"X-Long", std::string(HttpConnection::kMostHeadBytes, 'x')}};
  EXPECT_EQ(reply_to(receiver, long_head).kind, Kind::refused);
}

TEST(HttpTransport, AnotherProtocolBehindThePortIsRefusedWithAQuestion) {
  testing::Receiver receiver;
  Options options;
  options.url = receiver.grpc_url() + "/v1/metrics";
  const Reply reply = made(options)->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::refused) << reply.message;
  EXPECT_THAT(reply.message, HasSubstr("a receiver of OTLP over HTTP?"));
}

TEST(HttpTransport, ConnectsToANameAndToAnIpv6Address) {
  testing::Receiver receiver;
  const auto url = receiver.http_url();
  const auto rest = url.substr(url.find(':', url.find("//")));
  Options options;
  options.url = "http://localhost" + rest;
  const Reply named = made(options)->send(request_with(5), soon());
  EXPECT_EQ(named.kind, Kind::accepted) << named.message;
  EXPECT_EQ(receiver->arrivals().at(0).header("host"),
            "localhost" + rest.substr(0, rest.find('/')));
  options.url = "http://[::ffff:127.0.0.1]" + rest;
  const Reply mapped = made(options)->send(request_with(5), soon());
  EXPECT_EQ(mapped.kind, Kind::accepted) << mapped.message;
}

TEST(HttpTransport, ANameThatDoesNotExistIsARetry) {
  Options options;
  options.url = "http://receiver.invalid/v1/metrics";
  const Reply reply = made(options)->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::retry);
  EXPECT_THAT(reply.message, HasSubstr("look up receiver.invalid"));
}

}  // namespace
}  // namespace shmx::push
