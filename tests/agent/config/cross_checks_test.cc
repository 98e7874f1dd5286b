// What is right on its own and wrong together.
#include "agent/config/cross_checks.h"

#include <gmock/gmock.h>

namespace shmx::config {
namespace {

using identity::Policy;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using web::ClientAuth;

const model::Scope kShop{false, {"shop"}};

Policy tenants_and(std::vector<identity::ReaderRule> readers) {
  Policy policy;
  policy.tenants = {{"shop", "/t/shop"}};
  policy.readers = std::move(readers);
  return policy;
}

web::Config with_tls(ClientAuth mode) {
  web::Config config;
  config.tls.emplace().client_auth = mode;
  return config;
}

std::string told(const Policy& policy, const web::Config* web = nullptr, bool has_unix = false) {
  const auto problem = problem_of(policy, web, has_unix);
  return problem ? problem->message : "nothing";
}

TEST(CrossChecks, WithoutAPolicyNothingIsAsked) {
  EXPECT_EQ(told({}), "nothing");
}

TEST(CrossChecks, TenantsNeedReadersOrAnonymous) {
  EXPECT_THAT(told(tenants_and({})),
              AllOf(StartsWith("tenants are defined"), HasSubstr("expected readers"),
                    HasSubstr("or anonymous")));
  Policy open = tenants_and({});
  open.anonymous = model::Scope{false, {}};
  EXPECT_EQ(told(open), "nothing");
}

TEST(CrossChecks, IssuersNeedReadersOrEverybodyWouldSeeEverything) {
  Policy policy;
  policy.issuers = {{"https://idp.example", "shm-exporter", "/keys.json"}};
  EXPECT_THAT(told(policy), StartsWith("issuers without readers"));
  policy.anonymous = model::Scope{false, {}};
  EXPECT_EQ(told(policy), "nothing");
}

TEST(CrossChecks, ReadersByCertificateNeedAModeThatVerifies) {
  for (const identity::ReaderMatch& match : {identity::ReaderMatch(identity::ByUri{"spiffe://a"}),
                                             identity::ReaderMatch(identity::ByDns{"a.example"}),
                                             identity::ReaderMatch(identity::ByCommonName{"a"})}) {
    const Policy policy = tenants_and({{match, kShop}});
    EXPECT_THAT(told(policy), HasSubstr("set client_auth_type to VerifyClientCertIfGiven"));
    for (const ClientAuth mode : {ClientAuth::no_client_cert, ClientAuth::request_client_cert,
                                  ClientAuth::require_any_client_cert}) {
      const web::Config web = with_tls(mode);
      EXPECT_THAT(told(policy, &web), HasSubstr("expected client certificates to be verified"));
    }
    for (const ClientAuth mode :
         {ClientAuth::verify_client_cert_if_given, ClientAuth::require_and_verify_client_cert}) {
      const web::Config web = with_tls(mode);
      EXPECT_EQ(told(policy, &web), "nothing");
    }
  }
  EXPECT_THAT(told(tenants_and({{identity::ByDns{"a.example"}, kShop}})),
              StartsWith("reader san_dns a.example: "));
}

TEST(CrossChecks, ReadersByNameNeedThatUser) {
  const Policy policy = tenants_and({{identity::ByUser{"alice"}, kShop}});
  EXPECT_THAT(told(policy), StartsWith("reader user alice: expected a user of basic_auth_users"));
  web::Config web;
  web.users = {{"bob", "hash"}};
  EXPECT_THAT(told(policy, &web), StartsWith("reader user alice: "));
  web.users.emplace("alice", "hash");
  EXPECT_EQ(told(policy, &web), "nothing");
}

TEST(CrossChecks, ReadersByUidNeedAUnixSocket) {
  const Policy policy = tenants_and({{identity::ByUid{7}, kShop}});
  EXPECT_THAT(told(policy), AllOf(StartsWith("reader uid 7: expected a unix socket"),
                                  HasSubstr("--web.listen-address=unix:/PATH")));
  EXPECT_EQ(told(policy, nullptr, true), "nothing");
}

TEST(CrossChecks, EveryReaderIsAsked) {
  const web::Config web = with_tls(ClientAuth::require_and_verify_client_cert);
  EXPECT_THAT(told(tenants_and({{identity::ByUri{"spiffe://a"}, {}},
                                {identity::ByClaim{"i", "c", "v"}, kShop},
                                {identity::ByUser{"alice"}, kShop}}),
                   &web, true),
              StartsWith("reader user alice"));
}

TEST(CrossChecks, TenantsAreApartFromTheSegmentsOfOthers) {
  const Policy policy = tenants_and({});
  EXPECT_FALSE(problem_of_directories(policy, {"/run/segments", "/t/shopping"}));
  for (const auto* directory : {"/t/shop", "/t/shop/", "/t/./shop", "/t", "/t/shop/x", "/"}) {
    const auto problem = problem_of_directories(policy, {directory});
    ASSERT_TRUE(problem) << directory;
    EXPECT_THAT(problem->message, AllOf(StartsWith("tenant shop: expected a directory apart from"),
                                        HasSubstr("found /t/shop")));
  }
}

TEST(CrossChecks, TenantDefaultHasTheDirectoryOfHostsWithoutTenants) {
  Policy policy;
  policy.tenants = {{"default", "/run/shm-exporter/segments"}};
  EXPECT_FALSE(problem_of_directories(policy, {"/run/shm-exporter/segments"}));
  EXPECT_TRUE(problem_of_directories(policy, {"/run/shm-exporter"}));
}

TEST(CrossChecks, AFeedOnTcpKnowsNoVersionsCiphersAndCurves) {
  web::Config web = with_tls(ClientAuth::no_client_cert);
  EXPECT_FALSE(feed_problem_of(web, "127.0.0.1:0"));
  web.tls->restricts_handshake = true;
  const auto problem = feed_problem_of(web, "127.0.0.1:0");
  ASSERT_TRUE(problem);
  EXPECT_THAT(problem->message,
              AllOf(HasSubstr("gRPC feed at 127.0.0.1:0"), HasSubstr("min_version"),
                    HasSubstr("--feed.listen-address to unix:/PATH or none")));
  EXPECT_FALSE(feed_problem_of(web, "unix:/run/feed.sock"));
  EXPECT_FALSE(feed_problem_of(web, ""));
  EXPECT_FALSE(feed_problem_of({}, "127.0.0.1:0"));
}

TEST(CrossChecks, AUnixSocketIsThePagesOrTheFeeds) {
  Flags flags;
  EXPECT_FALSE(has_unix_listener(flags));
  flags.feed_listen_address = "unix:/f";
  EXPECT_TRUE(has_unix_listener(flags));
  flags.feed_listen_address.clear();
  flags.listen_addresses = {":9919", "unix:/w"};
  EXPECT_TRUE(has_unix_listener(flags));
}

TEST(CrossChecks, AllThatAnAgentWouldFindIsToldAtOnce) {
  Flags flags;
  flags.feed_listen_address = "127.0.0.1:0";
  flags.segment_directories = {"/t"};
  web::Config web = with_tls(ClientAuth::no_client_cert);
  web.tls->restricts_handshake = true;
  const auto problems = problems_together(tenants_and({}), &web, flags);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_THAT(problems[0].message, HasSubstr("apart from /t"));
  EXPECT_THAT(problems[1].message, StartsWith("tenants are defined"));
  EXPECT_THAT(problems[2].message, StartsWith("gRPC feed"));
  EXPECT_TRUE(problems_together({}, nullptr, flags).empty());
}

}  // namespace
}  // namespace shmx::config
