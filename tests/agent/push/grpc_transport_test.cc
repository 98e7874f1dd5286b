// What is gRPC's own.
#include "agent/push/grpc_transport.h"

#include "tests/agent/push/sending.h"

namespace shmx::push {
namespace {

using ::testing::HasSubstr;
using Kind = Reply::Kind;
using std::chrono::milliseconds;
using testing::Behaviour;

Reply reply_to(testing::Receiver& receiver, const Behaviour& behaviour) {
  receiver->script(behaviour);
  Options options;
  options.protocol = Protocol::grpc;
  options.url = receiver.grpc_url();
  return made(options)->send(request_with(5), soon());
}

Behaviour answering(int status) {
  Behaviour behaviour;
  behaviour.status = status;
  return behaviour;
}

TEST(GrpcTransport, RetriesTheStandardsCodesAndNoOther) {
  testing::Receiver receiver;
  for (const int status : {1, 4, 10, 11, 14, 15}) {
    EXPECT_EQ(reply_to(receiver, answering(status)).kind, Kind::retry) << status;
  }
  for (const int status : {2, 3, 5, 6, 7, 8, 9, 12, 13, 16}) {
    EXPECT_EQ(reply_to(receiver, answering(status)).kind, Kind::refused) << status;
  }
}

TEST(GrpcTransport, RetriesAnExhaustedReceiverThatSaysWhen) {
  testing::Receiver receiver;
  auto behaviour = answering(8);
  behaviour.retry_info = milliseconds(1500);
  const Reply reply = reply_to(receiver, behaviour);
  EXPECT_EQ(reply.kind, Kind::retry);
  EXPECT_EQ(reply.wait, milliseconds(1500));
}

TEST(GrpcTransport, WaitsAsLongAsRetryInfoSays) {
  testing::Receiver receiver;
  auto behaviour = answering(14);
  behaviour.retry_info = milliseconds(2001);
  EXPECT_EQ(reply_to(receiver, behaviour).wait, milliseconds(2001));
  EXPECT_FALSE(reply_to(receiver, answering(14)).wait);
  behaviour.status = 3;
  EXPECT_FALSE(reply_to(receiver, behaviour).wait);
}

TEST(GrpcTransport, SaysWhatTheReceiverSaid) {
  testing::Receiver receiver;
  auto behaviour = answering(3);
  behaviour.message = "out of \x1b[31morder";
  EXPECT_THAT(reply_to(receiver, behaviour).message,
              HasSubstr("answers INVALID_ARGUMENT: out of ?[31morder"));
}

TEST(GrpcTransport, AServiceThatIsNotThereIsRefusedWithAQuestion) {
  testing::Receiver receiver;
  EXPECT_THAT(reply_to(receiver, answering(12)).message,
              HasSubstr("is it a receiver of OTLP over gRPC"));
}

TEST(GrpcTransport, AHugeAnswerIsNotTaken) {
  testing::Receiver receiver;
  Behaviour huge;
  huge.body = std::string(std::size_t{1} << 20, 'x');
  EXPECT_EQ(reply_to(receiver, huge).kind, Kind::refused);
}

TEST(GrpcTransport, AnotherProtocolBehindThePortIsARetryThatNamesTheFailure) {
  testing::Receiver receiver;
  Options options;
  options.protocol = Protocol::grpc;
  options.url = receiver.http_url();
  const Reply reply = made(options)->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::retry);
  EXPECT_THAT(reply.message, HasSubstr("UNAVAILABLE"));
}

TEST(GrpcTransport, WritesNothingOnStderr) {
  testing::Receiver receiver;
  Options options;
  options.protocol = Protocol::grpc;
  options.url = receiver.http_url();
  ::testing::internal::CaptureStderr();
  made(options)->send(request_with(5), soon());
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace shmx::push
