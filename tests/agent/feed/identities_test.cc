// Readers as they show themselves, the real judge, and what each gets: its tenants' numbers, and no
// sign of anybody else's.
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <vector>

#include "agent/identity/judge.h"
#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/local_user.h"
#include "tests/agent/feed/running_feed.h"
#include "tests/agent/identity/bcrypt.h"
#include "tests/agent/identity/signer.h"
#include "tests/agent/testing/certificates.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

using testing::Certificate;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr const char* kIssuer = "https://idp.example";
constexpr int kTokenLifeS = 600;

std::string basic(const std::string& user_and_password) {
  std::string encoded(user_and_password.size() * 2 + 4, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(user_and_password.data()),
                                   static_cast<int>(user_and_password.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

class FeedIdentities : public ::testing::Test {
 protected:
  FeedIdentities() {
    ::chmod(directory_.path().c_str(), 0755);
    directory_.write("jwks.json", testing::key_set({signer_.jwk(R"("kid":"k")")}));
    const Certificate own = servers_.issue({.alternatives = {"IP:127.0.0.1"}});
    config_.tls.emplace();
    config_.tls->certificate.text = own.pem();
    config_.tls->key.text = own.key_pem();
    config_.tls->client_authorities.text = clients_.pem();
    config_.tls->client_auth = web::ClientAuth::verify_client_cert_if_given;
    config_.users = {{"alice", testing::bcrypt("secret")}, {"bob", testing::bcrypt("secret")}};
    policy_.tenants = {{"depot", directory_.file("depot")}, {"shop", directory_.file("shop")}};
    const model::Scope shop{false, {"shop"}};
    const model::Scope depot{false, {"depot"}};
    policy_.readers = {
        {identity::ByUri{"spiffe://example.org/operator"}, {}},
        {identity::ByDns{"prom.shop.example"}, shop},
        {identity::ByCommonName{"depot-prometheus"}, depot},
        {identity::ByUser{"alice"}, shop},
        {identity::ByUid{another_user()}, depot},
        {identity::ByClaim{kIssuer, "groups", "shop-readers"}, shop},
    };
    policy_.issuers = {{.issuer = kIssuer,
                        .audience = "shm-exporter",
                        .keys = directory_.file("jwks.json"),
                        .clock_skew = std::chrono::seconds(0)}};
  }

  /// Judges by what policy_ and config_ say now.
  void judge(RunningFeed& feed) {
    auto made = identity::Judge::make(policy_, config_, resources_);
    ASSERT_TRUE(made.ok()) << made.error().message;
    made.value()->take_effect();
    feed.judge_by([judge = made.value()](const identity::Presented& presented,
                                         const RunningFeed::VerdictReceiver& receiver) {
      judge->judge(presented, receiver);
    });
  }

  Options options(const std::string& address = "127.0.0.1:0") {
    Options made = usual_options(address);
    made.socket_for_all_users = true;
    made.tls = [settings = std::make_shared<const web::TlsSettings>(*config_.tls)] {
      return settings;
    };
    return made;
  }

  std::shared_ptr<grpc::Channel> connect(const RunningFeed& feed,
                                         const testing::CertificateOptions& client) const {
    const Certificate own = clients_.issue(client);
    return connect_to(feed.address(),
                      grpc::SslCredentials({servers_.pem(), own.key_pem(), own.pem()}));
  }
  std::shared_ptr<grpc::Channel> connect(const RunningFeed& feed) const {
    return connect_to(feed.address(), grpc::SslCredentials({servers_.pem(), "", ""}));
  }

  std::string token(const std::string& group) const {
    return "Bearer " +
           signer_.token("ES256", R"({"alg":"ES256","kid":"k"})",
                         R"({"iss":")" + std::string(kIssuer) +
                             R"(","sub":"it","aud":"shm-exporter","groups":[")" + group +
                             R"("],"exp":)" + std::to_string(now_ + kTokenLifeS) + "}");
  }

  static grpc::Status get(const std::shared_ptr<grpc::Channel>& channel, v1::Snapshot& into,
                          const std::string& authorization = "",
                          const v1::GetRequest& request = {}) {
    grpc::ClientContext context;
    if (!authorization.empty()) {
      context.AddMetadata("authorization", authorization);
    }
    return v1::MetricsFeed::NewStub(channel)->Get(&context, request, &into);
  }
  static grpc::StatusCode code_of(const std::shared_ptr<grpc::Channel>& channel,
                                  const std::string& authorization = "") {
    v1::Snapshot snapshot;
    return get(channel, snapshot, authorization).error_code();
  }

  void expect_shop(const std::shared_ptr<grpc::Channel>& channel,
                   const std::string& authorization = "") {
    v1::Snapshot snapshot;
    ASSERT_TRUE(get(channel, snapshot, authorization).ok());
    EXPECT_THAT(names_of(snapshot), UnorderedElementsAre(Pair("requests_total", "shop"),
                                                         Pair("latency_seconds", "shop")));
  }
  void expect_depot(const std::shared_ptr<grpc::Channel>& channel) {
    v1::Snapshot snapshot;
    ASSERT_TRUE(get(channel, snapshot).ok());
    EXPECT_THAT(names_of(snapshot),
                UnorderedElementsAre(Pair("sizes_bytes", "depot"), Pair("depth", "depot")));
  }

  const testing::TemporaryDirectory directory_;
  const Certificate servers_ = Certificate::root("servers");
  const Certificate clients_ = Certificate::root("clients");
  const testing::Signer signer_ = testing::Signer::ec("P-256");
  web::Config config_;
  identity::Policy policy_;
  std::atomic<std::int64_t> now_{testing::now_unix_s()};
  identity::Resources resources_{{.now_unix_s = [this] { return now_.load(); },
                                  .warn = [](const std::string&) {},
                                  .own_uid = 0}};
};

TEST_F(FeedIdentities, OfCertificatesAreTheirNames) {
  RunningFeed feed(options());
  judge(feed);
  expect_shop(connect(feed, {.alternatives = {"DNS:prom.shop.example"}}));
  expect_depot(connect(feed, {.common_name = "depot-prometheus"}));
  v1::Snapshot snapshot;
  ASSERT_TRUE(
      get(connect(feed, {.alternatives = {"URI:spiffe://example.org/operator"}}), snapshot).ok());
  EXPECT_EQ(names_of(snapshot).size(), 5U);  // The agent's own, too.
  EXPECT_EQ(code_of(connect(feed, {.common_name = "nobody"})), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(code_of(connect(feed)), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(FeedIdentities, AreUsersOfBasicAuth) {
  RunningFeed feed(options());
  judge(feed);
  expect_shop(connect(feed), basic("alice:secret"));
  EXPECT_EQ(code_of(connect(feed), basic("alice:wrong")), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(code_of(connect(feed), basic("bob:secret")), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(FeedIdentities, AreClaimsOfTokens) {
  RunningFeed feed(options());
  judge(feed);
  expect_shop(connect(feed), token("shop-readers"));
  EXPECT_EQ(code_of(connect(feed), token("others")), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(code_of(connect(feed), "Bearer no.to.ken"), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(FeedIdentities, AreNotSentTwice) {
  RunningFeed feed(options());
  judge(feed);
  grpc::ClientContext context;
  context.AddMetadata("authorization", token("shop-readers"));
  context.AddMetadata("authorization", basic("alice:secret"));
  v1::Snapshot snapshot;
  EXPECT_EQ(v1::MetricsFeed::NewStub(connect(feed))->Get(&context, {}, &snapshot).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(FeedIdentities, OfAUnixSocketAreUids) {
  if (another_user() == ::geteuid()) {
    policy_.readers.push_back({identity::ByUid{::geteuid()}, {}});
  }
  const std::string path = directory_.file("feed.sock");
  RunningFeed feed(options("unix:" + path));
  judge(feed);
  if (another_user() != ::geteuid()) {
    expect_depot(channel_as(another_user(), path));
    EXPECT_EQ(code_of(channel_as(another_user() + 1, path)), grpc::StatusCode::PERMISSION_DENIED);
  }
  EXPECT_EQ(code_of(connect_to(feed.address())), grpc::StatusCode::OK);  // The test's own user.
}

TEST_F(FeedIdentities, AreAskedForInEachOfTheFiveModes) {
  RunningFeed feed(options());
  const Certificate stranger = Certificate::root("strangers").issue({});
  const auto none = connect(feed);
  const auto known = connect(feed, {.alternatives = {"DNS:prom.shop.example"}});
  const auto other = connect_to(
      feed.address(), grpc::SslCredentials({servers_.pem(), stranger.key_pem(), stranger.pem()}));
  policy_.anonymous = model::Scope{false, {}};
  constexpr auto kOk = grpc::StatusCode::OK;
  constexpr auto kNo = grpc::StatusCode::UNAUTHENTICATED;
  struct Expected {
    web::ClientAuth mode;
    grpc::StatusCode none, known, other;
  };
  // The connections stay the same: a mode is in force from the next call on.
  for (const auto& [mode, of_none, of_known, of_other] : std::initializer_list<Expected>{
           {web::ClientAuth::no_client_cert, kOk, kOk, kOk},
           {web::ClientAuth::request_client_cert, kOk, kOk, kOk},
           {web::ClientAuth::require_any_client_cert, kNo, kOk, kOk},
           {web::ClientAuth::verify_client_cert_if_given, kOk, kOk, kNo},
           {web::ClientAuth::require_and_verify_client_cert, kNo, kOk, kNo}}) {
    config_.tls->client_auth = mode;
    judge(feed);
    EXPECT_EQ(code_of(none), of_none) << static_cast<int>(mode);
    EXPECT_EQ(code_of(known), of_known) << static_cast<int>(mode);
    EXPECT_EQ(code_of(other), of_other) << static_cast<int>(mode);
  }
}

TEST_F(FeedIdentities, WhoseAuthorityIsRemovedArePassedNoMore) {
  RunningFeed feed(options());
  judge(feed);
  const auto channel = connect(feed, {.alternatives = {"DNS:prom.shop.example"}});
  expect_shop(channel);
  config_.tls->client_authorities.text = Certificate::root("clients").pem();
  judge(feed);
  EXPECT_EQ(code_of(channel), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(FeedIdentities, OfATokenEndWithIt) {
  RunningFeed feed(options());
  judge(feed);
  const auto stub = v1::MetricsFeed::NewStub(connect(feed));
  grpc::ClientContext context;
  context.AddMetadata("authorization", token("shop-readers"));
  const auto reader = stub->Subscribe(&context, every(kSmallestInterval));
  v1::Snapshot snapshot;
  ASSERT_TRUE(reader->Read(&snapshot));
  ASSERT_TRUE(reader->Read(&snapshot));
  now_ += kTokenLifeS + 1;
  while (reader->Read(&snapshot)) {
    EXPECT_EQ(names_of(snapshot).count("requests_total"), 1U);
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(FeedIdentities, WhosePolicyChangesAreForbidden) {
  RunningFeed feed(options());
  judge(feed);
  const auto stub = v1::MetricsFeed::NewStub(connect(feed));
  grpc::ClientContext context;
  context.AddMetadata("authorization", basic("alice:secret"));
  const auto reader = stub->Subscribe(&context, every(kSmallestInterval));
  v1::Snapshot snapshot;
  ASSERT_TRUE(reader->Read(&snapshot));
  policy_.readers.clear();
  judge(feed);
  while (reader->Read(&snapshot)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

/// What a reader of the shop can find out of the depot.
class FeedScope : public ::testing::Test {
 protected:
  static v1::GetRequest filter(const std::string& metric, const std::string& job) {
    v1::GetRequest request;
    if (!metric.empty()) request.mutable_filter()->add_metrics(metric);
    if (!job.empty()) request.mutable_filter()->add_jobs(job);
    return request;
  }
};

TEST_F(FeedScope, HasNothingForFiltersThatNameWhatIsNotShown) {
  RunningFeed feed;
  feed.judge_all(reader_of({"shop"}));
  for (const auto& request :
       {filter("", "depot"), filter("depth", ""), filter("sizes_bytes", "depot"),
        filter("shm_exporter_up", ""), filter("", "shm_exporter"), filter("", "no_such_job")}) {
    std::string answer = "unset";
    ASSERT_TRUE(
        call_raw(feed.address(), "/shmx.v1.MetricsFeed/Get", request.SerializeAsString(), answer)
            .ok());
    EXPECT_THAT(answer, IsEmpty()) << request.ShortDebugString();
  }
}

TEST_F(FeedScope, OfNoTenantIsEmpty) {
  RunningFeed feed;
  feed.judge_all(reader_of({}));
  v1::Snapshot snapshot;
  ASSERT_TRUE(shmx::feed::get(feed.address(), snapshot).ok());
  EXPECT_EQ(snapshot.ByteSizeLong(), 0U);
}

TEST_F(FeedScope, IsWhatTheLimitsAreOf) {
  Options options = usual_options();
  options.limits.snapshot_bytes = kLargeEpochBytes / 2;
  RunningFeed feed(options);
  feed.answer_with(large_epoch());
  v1::Snapshot snapshot;
  EXPECT_EQ(shmx::feed::get(feed.address(), snapshot).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  feed.judge_all(reader_of({"depot"}));
  EXPECT_TRUE(shmx::feed::get(feed.address(), snapshot).ok());  // It has no part in that size.
}

TEST_F(FeedScope, IsEachSubscribersOwnFromOneCollection) {
  RunningFeed feed;
  const RunningFeed::Judge by_tenant = [](const identity::Presented& presented,
                                          const RunningFeed::VerdictReceiver& receiver) {
    receiver(reader_of({presented.authorization}));
  };
  feed.judge_by(by_tenant);
  feed.hold();
  const auto stub = v1::MetricsFeed::NewStub(connect_to(feed.address()));
  Subscribed first(feed.address(), every(std::chrono::hours(1)));
  feed.await([](const Seen& now) { return now.collections == 1; });
  std::array<grpc::ClientContext, 2> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::Snapshot>>> readers;
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    contexts.at(i).AddMetadata("authorization", i == 0 ? "shop" : "depot");
    readers.push_back(stub->Subscribe(&contexts.at(i), every(std::chrono::hours(1))));
  }
  feed.await([](const Seen& now) { return now.judged.size() == 3; });
  feed.await([](const Seen& now) { return now.subscribers == 3; });
  feed.release();
  v1::Snapshot shop;
  v1::Snapshot depot;
  ASSERT_TRUE(readers.at(0)->Read(&shop));
  ASSERT_TRUE(readers.at(1)->Read(&depot));
  EXPECT_EQ(names_of(shop).count("requests_total"), 1U);
  EXPECT_EQ(names_of(shop).count("depth"), 0U);
  EXPECT_EQ(names_of(depot).count("depth"), 1U);
  EXPECT_EQ(names_of(depot).count("requests_total"), 0U);
}

}  // namespace
}  // namespace shmx::feed
