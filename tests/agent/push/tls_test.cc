// TLS over both protocols: who is trusted, and that files are read again when they change.
#include <optional>
#include <string>
#include <utility>

#include "tests/agent/push/sending.h"
#include "tests/agent/testing/authority.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::push {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = Reply::Kind;
using testing::Authority;
using testing::KeyPair;
using testing::ServerTls;

class TlsOver : public Sending {
 protected:
  ServerTls server(const KeyPair& pair, const std::string& client_authorities = "") {
    directory_.write("server.pem", pair.certificate);
    directory_.write("server.key", pair.key);
    ServerTls tls{directory_.file("server.pem"), directory_.file("server.key")};
    if (!client_authorities.empty()) {
      directory_.write("clients.pem", client_authorities);
      tls.client_authorities = directory_.file("clients.pem");
    }
    return tls;
  }

  /// Of a client that trusts these authorities, and shows this certificate.
  Options trusting(const testing::Receiver& receiver, const std::string& authorities,
                   const std::optional<KeyPair>& own = std::nullopt) {
    auto options = options_for(receiver);
    directory_.write("authorities.pem", authorities);
    options.tls.authorities = directory_.file("authorities.pem");
    if (own) {
      directory_.write("client.pem", own->certificate);
      directory_.write("client.key", own->key);
      options.tls.certificate = directory_.file("client.pem");
      options.tls.key = directory_.file("client.key");
    }
    return options;
  }

  /// The reply of a client of `authority_` to a server with this certificate.
  Reply reply_to(const KeyPair& pair) {
    testing::Receiver receiver({.tls = server(pair)});
    Reply reply = made(trusting(receiver, authority_.certificate()))->send(request_with(5), soon());
    EXPECT_EQ(receiver->requests() > 0, reply.kind == Kind::accepted);
    return reply;
  }

  const Authority authority_;
  const testing::TemporaryDirectory directory_;
};

TEST_P(TlsOver, AServerOfATrustedAuthorityIsBelieved) {
  const Reply reply = reply_to(authority_.issue("IP:127.0.0.1"));
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
}

TEST_P(TlsOver, AServerOfAnotherAuthorityIsNotAndTheMessageSaysSo) {
  const Reply reply = reply_to(Authority().issue("IP:127.0.0.1"));
  EXPECT_EQ(reply.kind, Kind::retry);
  EXPECT_THAT(reply.message, AnyOf(HasSubstr("certificate verify failed"),
                                   HasSubstr("unable to get local issuer certificate")));
}

TEST_P(TlsOver, AServerUnderAnotherNameIsNot) {
  for (const auto* const other : {"IP:127.0.0.2", "DNS:elsewhere"}) {
    const Reply reply = reply_to(authority_.issue(other));
    EXPECT_EQ(reply.kind, Kind::retry);
    EXPECT_THAT(reply.message, AnyOf(HasSubstr("mismatch"),
                                     HasSubstr("Peer name 127.0.0.1 is not in peer certificate")));
  }
}

TEST_P(TlsOver, AServerWhoseCertificateHasExpiredIsNot) {
  const Reply reply = reply_to(authority_.issue("IP:127.0.0.1", true));
  EXPECT_EQ(reply.kind, Kind::retry);
  EXPECT_THAT(reply.message,
              AnyOf(HasSubstr("certificate has expired"), HasSubstr("certificate verify failed")));
}

/// gRPC has no words outside of a call.
class TlsOverHttp : public TlsOver {};

TEST_P(TlsOverHttp, WhatAnIdleConnectionSaidIsNoAnswer) {
  testing::Receiver receiver({.tls = server(authority_.issue("IP:127.0.0.1"))});
  const auto transport = made(trusting(receiver, authority_.certificate()));
  testing::Behaviour leaving;
  leaving.afterwards = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
  receiver->script(leaving);
  EXPECT_EQ(transport->send(request_with(1), soon()).kind, Kind::accepted);
  const Reply reply = transport->send(request_with(2, 3), soon());
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
  EXPECT_EQ(receiver->connections(), 2U);
}

TEST_P(TlsOver, ANameIsAskedForAndVerified) {
  testing::Receiver receiver({.tls = server(authority_.issue("DNS:localhost"))});
  auto options = trusting(receiver, authority_.certificate());
  options.url.replace(options.url.find("127.0.0.1"), std::string("127.0.0.1").size(), "localhost");
  const Reply reply = made(options)->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
}

TEST_P(TlsOver, WithoutAuthoritiesOfItsOwnTheSystemsAreTrustedAndNoOther) {
  testing::Receiver receiver({.tls = server(authority_.issue("IP:127.0.0.1"))});
  EXPECT_EQ(made(options_for(receiver))->send(request_with(5), soon()).kind, Kind::retry);
  EXPECT_EQ(receiver->requests(), 0U);
}

TEST_P(TlsOver, AServerWithoutTlsGetsNothing) {
  testing::Receiver receiver;
  auto options = trusting(receiver, authority_.certificate());
  options.url.replace(0, std::string("http").size(), "https");
  EXPECT_EQ(made(options)->send(request_with(5), soon()).kind, Kind::retry);
  EXPECT_EQ(receiver->requests(), 0U);
}

TEST_P(TlsOver, AServerThatDemandsACertificateGetsOurs) {
  const Authority clients;
  testing::Receiver receiver(
      {.tls = server(authority_.issue("IP:127.0.0.1"), clients.certificate())});
  EXPECT_EQ(made(trusting(receiver, authority_.certificate()))->send(request_with(5), soon()).kind,
            Kind::retry);
  EXPECT_EQ(receiver->requests(), 0U);
  const Reply reply = made(trusting(receiver, authority_.certificate(), clients.issue("DNS:agent")))
                          ->send(request_with(5), soon());
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
}

TEST_P(TlsOver, ARotationOfAllFilesDropsNoPush) {
  const Authority old_clients;
  testing::Receiver receiver(
      {.tls = server(authority_.issue("IP:127.0.0.1"), old_clients.certificate())});
  const auto transport =
      made(trusting(receiver, authority_.certificate(), old_clients.issue("DNS:agent")));
  EXPECT_EQ(transport->send(request_with(1), soon()).kind, Kind::accepted);

  const Authority next;
  const Authority next_clients;
  receiver.go_down();
  receiver.come_up(server(next.issue("IP:127.0.0.1"), next_clients.certificate()));
  trusting(receiver, next.certificate(), next_clients.issue("DNS:agent"));
  const Reply reply = transport->send(request_with(2, 3), soon());
  EXPECT_EQ(reply.kind, Kind::accepted) << reply.message;
  EXPECT_EQ(reply.message, "");
  EXPECT_THAT(receiver->violations(), IsEmpty());
}

TEST_P(TlsOver, FilesThatCannotBeUsedLeaveTheLastOnesAndAreNamedOnce) {
  const Authority clients;
  testing::Receiver receiver(
      {.tls = server(authority_.issue("IP:127.0.0.1"), clients.certificate())});
  const auto transport =
      made(trusting(receiver, authority_.certificate(), clients.issue("DNS:agent")));
  const auto next = clients.issue("DNS:agent");
  directory_.write("client.pem", next.certificate);  // its key is still that of the last one
  const Reply half = transport->send(request_with(1), soon());
  EXPECT_EQ(half.kind, Kind::accepted);
  EXPECT_THAT(half.message, HasSubstr("the last files are still used"));
  EXPECT_EQ(transport->send(request_with(2, 3), soon()).message, "");
  directory_.write("client.key", next.key);
  const auto before = receiver->connections();
  EXPECT_EQ(transport->send(request_with(3, 4), soon()).message, "");
  EXPECT_EQ(receiver->connections(), before + 1);
}

INSTANTIATE_TEST_SUITE_P(Protocols, TlsOver,
                         ::testing::Values(Protocol::http_protobuf, Protocol::grpc), protocol_name);
INSTANTIATE_TEST_SUITE_P(Protocols, TlsOverHttp, ::testing::Values(Protocol::http_protobuf),
                         protocol_name);

}  // namespace
}  // namespace shmx::push
