// What processes present to their clients against what the policy expects of their job: in the
// statistics while they live, in the log once, and told of every process to whoever keeps records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "agent/main/collector/collector.h"
#include "tests/agent/testing/certificates.h"
#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"

namespace shmx {
namespace {

using ::testing::AllOf;
using testing::Certificate;
using testing::CertificateOptions;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::WriterProcess;

using Mismatches = std::map<std::string, std::uint64_t>;  ///< processes by "job reason"

constexpr const char* kOrdersUri = "spiffe://example.org/orders";

class ServiceIdentities : public ::testing::Test {
 protected:
  void SetUp() override {
    CollectorConfig config;
    config.directories = {directory_.path()};
    config.service_identities["orders"].san_uri = kOrdersUri;
    config.service_authorities_pem = root_.pem();
    config.warn = [this](const std::string& line) { log_.push_back(line); };
    config.on_segment = [this](const SegmentEvent& event) {
      if (event.what == SegmentEvent::What::identity_mismatch) {
        events_.push_back(event);
      }
    };
    collector_ = std::make_unique<Collector>(std::move(config));
    collector_->rescan(now_);
  }

  /// A process of the job that presents this text; empty: none.
  std::unique_ptr<WriterProcess> start(const std::string& job, const std::string& pem) {
    auto writer = std::make_unique<WriterProcess>(directory_.path(), job);
    if (!pem.empty()) {
      present(pem);
      writer->run("certificates " + files_.file("chain.pem"));
    }
    writer->run("counter a a_total");
    writer->run("add a 1");
    return writer;
  }
  void present(const std::string& pem) const { files_.write("chain.pem", pem); }

  Certificate leaf(const std::string& uri, CertificateOptions options = {}) const {
    options.alternatives = {"URI:" + uri};
    return root_.issue(options);
  }

  /// After a scrape.
  Mismatches mismatches() {
    EXPECT_TRUE(collector_->collect(now_).ok());
    Mismatches found;
    for (const auto& each : collector_->statistics().identity_mismatches) {
      EXPECT_TRUE(found.emplace(each.job + " " + each.reason, each.processes).second);
    }
    return found;
  }

  void pass(std::chrono::seconds time) {
    now_.wall += time;
    now_.boot += time;
    collector_->rescan(now_);
  }

  Certificate root_ = Certificate::root();
  testing::TemporaryDirectory directory_;
  testing::TemporaryDirectory files_;
  Collector::Time now_{
      std::chrono::system_clock::time_point(std::chrono::seconds(testing::now_unix_s())),
      std::chrono::hours(1)};
  std::vector<std::string> log_;
  std::vector<SegmentEvent> events_;
  std::unique_ptr<Collector> collector_;
};

TEST_F(ServiceIdentities, ThatAreAsExpectedAreNoMismatch) {
  const auto orders = start("orders", leaf(kOrdersUri).pem());
  EXPECT_EQ(mismatches(), Mismatches());
  EXPECT_THAT(log_, IsEmpty());
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(ServiceIdentities, OfJobsThatNothingIsExpectedOfAreNotJudged) {
  const auto cart = start("cart", leaf("spiffe://example.org/anything").pem());
  const auto bare = start("stock", "");
  EXPECT_EQ(mismatches(), Mismatches());
}

TEST_F(ServiceIdentities, OfAnotherServiceAreAMismatchWhileTheProcessLives) {
  auto orders = start("orders", leaf("spiffe://example.org/cart").pem());
  EXPECT_EQ(mismatches(), (Mismatches{{"orders san_uri", 1}}));
  auto second = start("orders", leaf("spiffe://example.org/cart").pem());
  EXPECT_EQ(mismatches(), (Mismatches{{"orders san_uri", 2}}));
  const auto right = start("orders", leaf(kOrdersUri).pem());
  EXPECT_EQ(mismatches(), (Mismatches{{"orders san_uri", 2}}));
  orders->kill();
  EXPECT_EQ(mismatches(), (Mismatches{{"orders san_uri", 1}}));
  second->exit();
  EXPECT_EQ(mismatches(), Mismatches());
}

TEST_F(ServiceIdentities, ThatAreNotPresentedAreAMismatch) {
  const auto orders = start("orders", "");
  EXPECT_EQ(mismatches(), (Mismatches{{"orders not_presented", 1}}));
}

TEST_F(ServiceIdentities, ThatNoConfiguredAuthorityVouchesForAreAMismatch) {
  CertificateOptions options;
  options.alternatives = {std::string("URI:") + kOrdersUri};
  const auto orders = start("orders", Certificate::root("other").issue(options).pem());
  EXPECT_EQ(mismatches(), (Mismatches{{"orders certificate_authority", 1}}));
}

TEST_F(ServiceIdentities, ThatAreNoCertificatesAreAMismatch) {
  const auto orders =
      start("orders", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  EXPECT_EQ(mismatches(), (Mismatches{{"orders certificate_invalid", 1}}));
}

TEST_F(ServiceIdentities, AreToldInTheLogOnceAndOfEveryProcessToWhoKeepsRecords) {
  const std::string pem = leaf("spiffe://example.org/cart").pem();
  const auto first = start("orders", pem);
  mismatches();
  const auto second = start("orders", pem);
  mismatches();
  mismatches();
  ASSERT_THAT(log_, SizeIs(1));
  EXPECT_THAT(log_[0], AllOf(HasSubstr("job orders"), HasSubstr("san_uri"), HasSubstr(kOrdersUri),
                             HasSubstr("spiffe://example.org/cart")));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[0].job, "orders");
  EXPECT_EQ(events_[0].path, first->run("path"));
  EXPECT_EQ(events_[0].pid, static_cast<std::uint32_t>(first->pid()));
  EXPECT_EQ(events_[1].pid, static_cast<std::uint32_t>(second->pid()));
  EXPECT_EQ(events_[1].reason, "san_uri");
  EXPECT_THAT(events_[1].detail,
              AllOf(HasSubstr(kOrdersUri), HasSubstr("spiffe://example.org/cart")));
  // Another wrong one is another line.
  const auto third = start("orders", leaf("spiffe://example.org/stock").pem());
  mismatches();
  EXPECT_THAT(log_, SizeIs(2));
}

TEST_F(ServiceIdentities, OfAProcessThatEndedBeforeItWasSeenAreToldOf) {
  auto orders = start("orders", leaf("spiffe://example.org/cart").pem());
  orders->kill();
  EXPECT_EQ(mismatches(), Mismatches());
  EXPECT_THAT(log_, SizeIs(1));
  EXPECT_THAT(events_, SizeIs(1));
}

TEST_F(ServiceIdentities, AreJudgedAgainWhenTheProcessHasPublishedOthers) {
  const auto orders = start("orders", leaf(kOrdersUri).pem());
  EXPECT_EQ(mismatches(), Mismatches());
  present(leaf("spiffe://example.org/cart").pem());
  orders->run("republish");
  EXPECT_EQ(mismatches(), (Mismatches{{"orders san_uri", 1}}));
  present(leaf(kOrdersUri).pem());
  orders->run("republish");
  EXPECT_EQ(mismatches(), Mismatches());
}

TEST_F(ServiceIdentities, AreJudgedAgainWhenTheirTimeIsOver) {
  CertificateOptions soon;
  soon.not_after_unix_s = testing::now_unix_s() + testing::kHourS;
  const auto orders = start("orders", leaf(kOrdersUri, soon).pem());
  EXPECT_EQ(mismatches(), Mismatches());
  pass(std::chrono::seconds(testing::kHourS - 60));
  EXPECT_EQ(mismatches(), Mismatches());
  pass(std::chrono::seconds(120));
  EXPECT_EQ(mismatches(), (Mismatches{{"orders certificate_expired", 1}}));
  EXPECT_THAT(events_, SizeIs(1));
  pass(std::chrono::hours(2));
  EXPECT_THAT(events_, SizeIs(1)) << "nothing new is known of it";
}

TEST_F(ServiceIdentities, AreJudgedAgainWhenTheirTimeComes) {
  CertificateOptions later;
  later.not_before_unix_s = testing::now_unix_s() + 600;
  const auto orders = start("orders", leaf(kOrdersUri, later).pem());
  EXPECT_EQ(mismatches(), (Mismatches{{"orders certificate_not_yet_valid", 1}}));
  pass(std::chrono::seconds(660));
  EXPECT_EQ(mismatches(), Mismatches());
}

TEST_F(ServiceIdentities, AreJudgedAgainByAnotherPolicy) {
  const auto orders = start("orders", leaf(kOrdersUri).pem());
  const auto cart = start("cart", leaf("spiffe://example.org/cart").pem());
  EXPECT_EQ(mismatches(), Mismatches());
  identity::ServiceIdentity other;
  other.san_uri = "spiffe://example.org/other";
  ASSERT_TRUE(
      collector_->use_service_identities({{"orders", other}, {"cart", other}}, root_.pem(), now_)
          .ok());
  EXPECT_EQ(mismatches(), (Mismatches{{"cart san_uri", 1}, {"orders san_uri", 1}}));

  // Authorities that are no PEM change nothing.
  const auto refused = collector_->use_service_identities({}, "no PEM", now_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("service_identities"));
  EXPECT_EQ(mismatches(), (Mismatches{{"cart san_uri", 1}, {"orders san_uri", 1}}));

  ASSERT_TRUE(collector_->use_service_identities({}, "", now_).ok());
  EXPECT_EQ(mismatches(), Mismatches());
}

TEST_F(ServiceIdentities, WithoutAuthoritiesAreNamesAlone) {
  identity::ServiceIdentity orders_uri;
  orders_uri.san_uri = kOrdersUri;
  ASSERT_TRUE(collector_->use_service_identities({{"orders", orders_uri}}, "", now_).ok());
  CertificateOptions options;
  options.alternatives = {std::string("URI:") + kOrdersUri};
  const auto orders = start("orders", Certificate::self_signed(options).pem());
  EXPECT_EQ(mismatches(), Mismatches());
}

TEST_F(ServiceIdentities, OfTenantsAreToldApart) {
  const testing::TemporaryDirectory shop;
  const testing::TemporaryDirectory bank;
  CollectorConfig config;
  config.tenants = {{"shop", shop.path()}, {"bank", bank.path()}};
  config.service_identities["orders"].san_uri = kOrdersUri;
  config.warn = [this](const std::string& line) { log_.push_back(line); };
  config.on_segment = [this](const SegmentEvent& event) { events_.push_back(event); };
  const auto start_in = [](const testing::TemporaryDirectory& directory) {
    auto writer = std::make_unique<WriterProcess>(directory.path(), "orders");
    writer->run("publish");
    return writer;
  };
  const auto first = start_in(shop);
  const auto second = start_in(shop);
  const auto third = start_in(bank);
  Collector collector(std::move(config));
  collector.rescan(now_);
  Mismatches found;
  for (const auto& each : collector.statistics().identity_mismatches) {
    EXPECT_EQ(each.job + " " + each.reason, "orders not_presented");
    found[each.tenant] = each.processes;
  }
  EXPECT_EQ(found, (Mismatches{{"bank", 1}, {"shop", 2}}));
  EXPECT_THAT(log_, SizeIs(2)) << "a line per tenant";
  std::erase_if(events_, [](const SegmentEvent& event) {
    return event.what != SegmentEvent::What::identity_mismatch;
  });
  ASSERT_THAT(events_, SizeIs(3));
  for (const SegmentEvent& event : events_) {
    const bool of_bank = event.pid == static_cast<std::uint32_t>(third->pid());
    EXPECT_EQ(event.tenant, of_bank ? "bank" : "shop");
  }
}

TEST_F(ServiceIdentities, OfAuthoritiesThatAreNoPemAreToldAndNotJudged) {
  CollectorConfig config;
  config.directories = {directory_.path()};
  config.service_identities["orders"].san_uri = kOrdersUri;
  config.service_authorities_pem = "no PEM";
  config.warn = [this](const std::string& line) { log_.push_back(line); };
  const auto orders = start("orders", "");
  Collector collector(std::move(config));
  collector.rescan(now_);
  ASSERT_THAT(log_, SizeIs(1));
  EXPECT_THAT(log_[0], HasSubstr("no service's identity is judged"));
  EXPECT_THAT(collector.statistics().identity_mismatches, IsEmpty());
}

}  // namespace
}  // namespace shmx
