// What another web configuration changes for connections that there are, and for new ones.
#include <gmock/gmock.h>

#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"
#include "tests/agent/web/tls_client.h"
#include "tests/agent/web/web_configs.h"

namespace shmx::web {
namespace {

using shmx::testing::Authority;
using std::chrono::milliseconds;
using std::chrono::seconds;

Options with(Config config) {
  Options options;
  options.config = std::move(config);
  return options;
}

class Reload : public ::testing::Test {
 protected:
  const Authority authority;
  const shmx::testing::KeyPair first = authority.issue("DNS:agent.example");
  const shmx::testing::KeyPair second = authority.issue("DNS:agent.example");
};

TEST_F(Reload, ShowsTheNewCertificateToNewConnectionsAndCutsNone) {
  RunningServer server(with(config_of(first)));
  TlsClient before(server.address(), {});
  EXPECT_EQ(before.server_certificate(), first.certificate);
  server.replace(config_of(second));
  TlsClient after(server.address(), {});
  EXPECT_EQ(after.server_certificate(), second.certificate);
  EXPECT_EQ(before.get("/metrics").status(), 200);
  EXPECT_EQ(after.get("/metrics").status(), 200);
}

TEST_F(Reload, ReachesTheRequestsThatAreOnTheirWay) {
  RunningServer server(with(config_of(first)));
  TlsClient client(server.address(), {});
  client.send(get_request("/held"));
  auto call = server.held.take();
  auto config = config_of(second);
  config.headers["X-Frame-Options"] = "deny";
  server.replace(config);
  call.respond(text_response(200, "late"));
  const auto reply = client.receive();
  EXPECT_EQ(reply.body, "late\n");
  EXPECT_EQ(reply.header("X-Frame-Options"), "deny");
}

TEST_F(Reload, AsksNewConnectionsForWhatIsDemandedNow) {
  RunningServer server(with(config_of(first)));
  auto config = config_of(first);
  config.tls->client_auth = ClientAuth::require_and_verify_client_cert;
  config.tls->client_authorities.text = authority.certificate();
  server.replace(config);
  EXPECT_EQ(TlsClient(server.address(), {}).get("/metrics").status(), 0);
  TlsWishes wishes;
  wishes.certificate = second.certificate;
  wishes.key = second.key;
  EXPECT_EQ(TlsClient(server.address(), wishes).get("/metrics").status(), 200);
}

TEST_F(Reload, AHandshakeGoesOnByWhatItBeganWith) {
  RunningServer server(with(config_of(first)));
  const int fd = connect_to(server.address());
  // The connection's TLS was chosen when it was accepted; the next one's acceptance comes after it.
  EXPECT_EQ(TlsClient(server.address(), {}).get("/metrics").status(), 200);
  server.replace(config_of(second));
  TlsClient begun(fd, {});
  EXPECT_EQ(begun.server_certificate(), first.certificate);
  EXPECT_EQ(begun.get("/metrics").status(), 200);
}

TEST_F(Reload, WithTlsEndsConnectionsWithoutIt) {
  RunningServer server(with({}));
  Client plain(server.address());
  EXPECT_EQ(plain.get("/metrics").status(), 200);
  server.replace(config_of(first));
  const auto reply = plain.get("/metrics");
  EXPECT_EQ(reply.status(), 400);
  EXPECT_EQ(reply.body, "Client sent an HTTP request to an HTTPS server.\n");
  EXPECT_TRUE(plain.is_closed());
  EXPECT_EQ(TlsClient(server.address(), {}).get("/metrics").status(), 200);
}

TEST_F(Reload, WithoutTlsLetsConnectionsWithItLive) {
  RunningServer server(with(config_of(first)));
  TlsClient before(server.address(), {});
  EXPECT_EQ(before.get("/metrics").status(), 200);
  server.replace({});
  EXPECT_EQ(before.get("/metrics").status(), 200);
  EXPECT_EQ(Client(server.address()).get("/metrics").status(), 200);
}

TEST_F(Reload, OfSomethingBrokenLeavesWhatThereWas) {
  RunningServer server(with(config_of(first)));
  auto broken = config_of(first);
  broken.tls->key.text = second.key;
  EXPECT_THROW(server.replace(broken), std::runtime_error);
  EXPECT_EQ(TlsClient(server.address(), {}).server_certificate(), first.certificate);
}

TEST_F(Reload, PutsTheHeadersOnEveryResponseAlsoErrors) {
  RunningServer server;
  Client client(server.address());
  EXPECT_EQ(client.get("/metrics").header("X-Frame-Options"), "");
  Config config;
  config.headers = {{"X-Frame-Options", "deny"}, {"Content-Security-Policy", "default-src 'self'"}};
  server.replace(config);
  for (const auto* const path : {"/metrics", "/nothing", "/throwing", "/-/ready"}) {
    const auto reply = client.get(path);
    EXPECT_EQ(reply.header("X-Frame-Options"), "deny") << path;
    EXPECT_EQ(reply.header("Content-Security-Policy"), "default-src 'self'") << path;
  }
  client.send("nonsense\r\n\r\n");
  const auto reply = client.receive();
  EXPECT_EQ(reply.status(), 400);
  EXPECT_EQ(reply.header("X-Frame-Options"), "deny");
}

Config limited_to(std::size_t burst, milliseconds interval) {
  Config config;
  config.rate_limit = RateLimit{interval, burst};
  return config;
}

TEST_F(Reload, MoreRequestsThanTheRateAreAnswered429) {
  RunningServer server(with(limited_to(2, seconds(1))));
  Client client(server.address());
  EXPECT_EQ(client.get("/metrics").status(), 200);
  EXPECT_EQ(client.get("/nothing").status(), 404);
  const auto refused = client.get("/metrics");
  EXPECT_EQ(refused.status(), 429);
  EXPECT_EQ(refused.body, "Too Many Requests\n");
  EXPECT_EQ(client.get("/-/healthy").status(), 200);  // probes are not counted
  EXPECT_EQ(client.get("/-/ready").status(), 503);
  server.pass(seconds(1));
  EXPECT_EQ(client.get("/metrics").status(), 200);
  EXPECT_EQ(client.get("/metrics").status(), 429);
}

TEST_F(Reload, WithTheSameRateGrantsNoFurtherBurst) {
  RunningServer server(with(limited_to(1, seconds(1))));
  Client client(server.address());
  EXPECT_EQ(client.get("/metrics").status(), 200);
  server.replace(limited_to(1, seconds(1)));
  EXPECT_EQ(client.get("/metrics").status(), 429);
  server.replace(limited_to(1, seconds(2)));
  EXPECT_EQ(client.get("/metrics").status(), 200);
  server.replace({});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/metrics").status(), 200);
}

}  // namespace
}  // namespace shmx::web
