// shmtool check tls against real servers: what it shows, what does not fit, and what to do then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/tls1.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/agent/testing/certificates.h"
#include "tests/shm/temp_dir.h"
#include "tests/tool/program.h"
#include "tests/tool/tls_server.h"

namespace shmx::tool {
namespace {

using test::ProgramResult;
using test::TlsServer;
using test::TlsServerOptions;
using testing::Certificate;
using testing::CertificateOptions;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string address_of(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

class CheckTls : public ::testing::Test {
 protected:
  void SetUp() override {
    write("ca.pem", root_.pem());
    CertificateOptions options;
    options.common_name = "orders";
    options.alternatives = {"DNS:orders.example", "DNS:*.shop.example", "IP:127.0.0.1",
                            "URI:spiffe://example.org/orders"};
    orders_ = options;
  }

  std::string file(const std::string& name) const { return directory_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
  }

  /// A server with this certificate, issued by the root.
  static TlsServerOptions serving(const Certificate& certificate) {
    return {certificate.pem(), certificate.key_pem()};
  }

  /// Against the root, unless the arguments name other authorities.
  ProgramResult check(const TlsServer& server, std::vector<std::string> arguments = {}) const {
    std::vector<std::string> argv = {SHMX_SHMTOOL, "check", "tls", address_of(server.port()),
                                     "--timeout",  "30s"};
    if (std::find(arguments.begin(), arguments.end(), "--ca") == arguments.end()) {
      argv.insert(argv.end(), {"--ca", file("ca.pem")});
    }
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return test::run_program(argv);
  }

  void expect_problem(const ProgramResult& result, const std::string& part) const {
    EXPECT_EQ(result.exit_code, 1) << result.out;
    EXPECT_THAT(result.out, ContainsRegex("\nproblem +[^\n]*" + part));
    EXPECT_THAT(result.out, Not(HasSubstr("verdict")));
  }
  void expect_fit(const ProgramResult& result) const {
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_THAT(result.out, HasSubstr("\nverdict     it fits\n"));
    EXPECT_THAT(result.out, Not(HasSubstr("problem")));
  }

  test::TempDir directory_;
  Certificate root_ = Certificate::root();
  CertificateOptions orders_;
};

TEST_F(CheckTls, ShowsWhatIsPresentedAndThatItFits) {
  TlsServerOptions options = serving(root_.issue(orders_));
  options.alpn = "h2";
  const TlsServer server(options);
  const ProgramResult result = check(server, {"--expect-name", "orders.example", "--alpn", "h2"});
  expect_fit(result);
  for (const char* line :
       {"\naddress     127.0.0.1\n", "\nprotocol    TLSv1.3, TLS_AES_256_GCM_SHA384, ALPN h2\n",
        "\nclient      no certificate is asked for\n",
        "\npresented   orders.example, *.shop.example, spiffe://example.org/orders, 127.0.0.1\n",
        "\nCN          orders\n", "\nexpected    orders.example\n",
        "\nchain       0 CN=orders\n              issued by CN=root\n              until 20"}) {
    EXPECT_THAT(result.out, HasSubstr(line));
  }
  EXPECT_THAT(result.out, ContainsRegex("Z, ends in 2[34] hours\n"));
  EXPECT_THAT(result.out, HasSubstr("\nverified    yes, by " + file("ca.pem")));
  EXPECT_EQ(server.server_name(), "orders.example");
}

TEST_F(CheckTls, ExpectsTheHostUnlessItIsToldOtherwise) {
  const TlsServer server(serving(root_.issue(orders_)));
  const ProgramResult result = check(server);
  expect_fit(result);
  EXPECT_THAT(result.out, HasSubstr("\nexpected    127.0.0.1\n"));
  EXPECT_EQ(server.server_name(), "") << "an address is no server name";

  orders_.alternatives = {"DNS:orders.example"};
  expect_problem(check(TlsServer(serving(root_.issue(orders_)))),
                 "is for orders.example, the client expects 127.0.0.1");
}

TEST_F(CheckTls, TakesEachKindOfNameThatIsThere) {
  const TlsServer server(serving(root_.issue(orders_)));
  expect_fit(check(server, {"--expect-name", "ORDERS.example", "--expect-name", "a.shop.example",
                            "--expect-name", "spiffe://example.org/orders"}));
}

TEST_F(CheckTls, SaysWhichNameIsExpectedAndWhichAreThere) {
  const TlsServer server(serving(root_.issue(orders_)));
  for (const std::string name : {"cart.example", "a.b.shop.example", "shop.example", "10.0.0.1",
                                 "spiffe://example.org/order", "orders"}) {
    SCOPED_TRACE(name);
    const ProgramResult result = check(server, {"--expect-name", name});
    expect_problem(result,
                   "the certificate is for orders.example, [*].shop.example, "
                   "spiffe://example.org/orders, 127.0.0.1, the client expects " +
                       name + ": add it to the SANs, or set");
    EXPECT_THAT(result.out, HasSubstr("\nverified    yes"));
  }
}

TEST_F(CheckTls, SaysThatACommonNameAloneIsIgnored) {
  orders_.common_name = "orders.example";
  orders_.alternatives.clear();
  const TlsServer server(serving(root_.issue(orders_)));
  expect_problem(check(server, {"--expect-name", "orders.example"}),
                 "orders.example in its CN alone, which clients ignore");
}

TEST_F(CheckTls, SaysWhenACertificateHasExpired) {
  orders_.not_before_unix_s = testing::now_unix_s() - 9 * testing::kDayS;
  orders_.not_after_unix_s = testing::now_unix_s() - 3 * testing::kDayS - 60;
  const TlsServer server(serving(root_.issue(orders_)));
  const ProgramResult result = check(server);
  expect_problem(result, "certificate .CN=orders. expired 3 days ago, at 20.*: renew it");
  EXPECT_THAT(result.out, HasSubstr("\nverified    no, by "));
}

TEST_F(CheckTls, SaysWhenACertificateIsNotValidYet) {
  orders_.not_before_unix_s = testing::now_unix_s() + testing::kHourS;
  const TlsServer server(serving(root_.issue(orders_)));
  expect_problem(check(server), "is valid from 20.* only: check the clocks");
}

TEST_F(CheckTls, SaysWhoseIssuerIsNotKnown) {
  const TlsServer server(serving(Certificate::root("elsewhere").issue(orders_)));
  const ProgramResult result = check(server);
  expect_problem(result, "is issued by .CN=elsewhere., whose certificate is neither presented");
  EXPECT_EQ(result.out.find("problem"), result.out.rfind("problem")) << result.out;
}

TEST_F(CheckTls, FollowsTheIntermediatesThatArePresented) {
  CertificateOptions between;
  between.common_name = "between";
  between.authority = true;
  const Certificate intermediate = root_.issue(between);
  const Certificate leaf = intermediate.issue(orders_);
  const TlsServer whole({leaf.pem() + intermediate.pem(), leaf.key_pem()});
  const ProgramResult result = check(whole);
  expect_fit(result);
  EXPECT_THAT(result.out, HasSubstr("            1 CN=between\n"));
  expect_problem(check(TlsServer(serving(leaf))), "issued by .CN=between., whose certificate");
}

TEST_F(CheckTls, SaysThatACertificateIsSelfSigned) {
  const Certificate own = Certificate::self_signed(orders_);
  const TlsServer server(serving(own));
  expect_problem(check(server), "is self-signed and not among the authorities");
  write("own.pem", own.pem());
  expect_fit(check(server, {"--ca", file("own.pem")}));
}

TEST_F(CheckTls, SaysThatACertificateIsForClients) {
  orders_.extended_key_usage = "clientAuth";
  const TlsServer server(serving(root_.issue(orders_)));
  expect_problem(check(server), "is not for this purpose .extended key usage.: issue it for");
}

TEST_F(CheckTls, TakesTheSystemsAuthoritiesWhenNoneAreGiven) {
  const TlsServer server(serving(root_.issue(orders_)));
  const ProgramResult result =
      test::run_program({SHMX_SHMTOOL, "check", "tls", address_of(server.port())});
  expect_problem(result, "whose certificate is neither presented nor among the authorities");
  EXPECT_THAT(result.out, HasSubstr("\nverified    no, by the system's authorities\n"));
}

TEST_F(CheckTls, SaysThatNoProtocolWasChosen) {
  const TlsServer server(serving(root_.issue(orders_)));
  expect_problem(check(server, {"--alpn", "h2"}), "did not choose h2 by ALPN: .*gRPC");
}

TEST_F(CheckTls, ShowsTls12) {
  TlsServerOptions options = serving(root_.issue(orders_));
  options.max_version = TLS1_2_VERSION;
  const TlsServer server(options);
  const ProgramResult result = check(server);
  expect_fit(result);
  EXPECT_THAT(result.out, HasSubstr("\nprotocol    TLSv1.2, "));
}

TEST_F(CheckTls, SaysThatAServerWantsAClientCertificateInEitherVersion) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServerOptions options = serving(root_.issue(orders_));
    options.client_authorities_pem = root_.pem();
    options.max_version = version;
    const TlsServer server(options);
    expect_problem(check(server), "the server refused .*--cert and --key");

    CertificateOptions client;
    client.extended_key_usage = "clientAuth";
    const Certificate prometheus = root_.issue(client);
    write("cert.pem", prometheus.pem());
    write("key.pem", prometheus.key_pem());
    const std::vector<std::string> mutual = {"--cert", file("cert.pem"), "--key", file("key.pem")};
    const ProgramResult result = check(server, mutual);
    expect_fit(result);
    EXPECT_THAT(result.out, HasSubstr("\nclient      a certificate is asked for, and given\n"));

    const Certificate stranger = Certificate::root("elsewhere").issue(client);
    write("cert.pem", stranger.pem());
    write("key.pem", stranger.key_pem());
    expect_problem(check(server, mutual), "the server refused ");
  }
}

TEST_F(CheckTls, SaysThatNobodyListens) {
  boost::asio::io_context loop;
  boost::asio::ip::tcp::acceptor acceptor(loop, {boost::asio::ip::address_v4::loopback(), 0});
  const std::string address = address_of(acceptor.local_endpoint().port());
  acceptor.close();
  expect_problem(test::run_program({SHMX_SHMTOOL, "check", "tls", address}),
                 "cannot connect to 127.0.0.1 port [0-9]+: Connection refused");
}

TEST_F(CheckTls, SaysThatAPortSpeaksNoTls) {
  boost::asio::io_context loop;
  boost::asio::ip::tcp::acceptor acceptor(loop, {boost::asio::ip::address_v4::loopback(), 0});
  std::thread plain([&] {
    boost::asio::ip::tcp::socket socket(loop);
    acceptor.accept(socket);
    const std::string answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
    boost::asio::write(socket, boost::asio::buffer(answer));
  });
  expect_problem(test::run_program(
                     {SHMX_SHMTOOL, "check", "tls", address_of(acceptor.local_endpoint().port())}),
                 "the port does not speak TLS");
  plain.join();
}

TEST_F(CheckTls, DoesNotWaitForAServerThatSaysNothing) {
  boost::asio::io_context loop;
  const boost::asio::ip::tcp::acceptor acceptor(loop, {boost::asio::ip::address_v4::loopback(), 0});
  expect_problem(
      test::run_program({SHMX_SHMTOOL, "check", "tls", address_of(acceptor.local_endpoint().port()),
                         "--timeout", "50ms"}),
      "(no handshake in time|timed out)");
}

TEST_F(CheckTls, SaysWhichArgumentCannotBeUsed) {
  const TlsServer server(serving(root_.issue(orders_)));
  expect_problem(check(server, {"--ca", file("missing.pem")}), "missing.pem cannot be used");
  write("cert.pem", root_.pem());
  write("key.pem", "no key");
  expect_problem(check(server, {"--cert", file("cert.pem"), "--key", file("key.pem")}),
                 "key.pem cannot be used");
  for (const char* target :
       {"nowhere", "host:", ":1", "::1:1", "host:65536", "host:123281", "host:-2"}) {
    expect_problem(test::run_program({SHMX_SHMTOOL, "check", "tls", target}), "expected HOST:PORT");
  }
  EXPECT_NE(check(server, {"--cert", file("cert.pem")}).exit_code, 0) << "without its key";
  EXPECT_NE(test::run_program({SHMX_SHMTOOL, "check"}).exit_code, 0);
}

TEST_F(CheckTls, ShowsNoControlCharacterThatAServerPresents) {
  orders_.common_name = "or\x1b[2Jders";
  orders_.alternatives = {"DNS:or\x1b[2Jders.example"};
  const TlsServer server(serving(root_.issue(orders_)));
  const ProgramResult result = check(server, {"--expect-name", "orders.example"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace shmx::tool
