// The collector's thread: who shares a page, and what a page shows.
#include "agent/main/collection.h"

#include <gmock/gmock.h>

#include <future>
#include <vector>

#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"

namespace shmx::testing {
namespace {

using ::testing::HasSubstr;
using Page = Collection::Page;

/// Longer than a test: only what the kernel reports and requests make it look.
const auto kNeverFails = [](const std::string& problem) { ADD_FAILURE() << problem; };
constexpr std::chrono::hours kNoRescan{24};

class CollectionTest : public ::testing::Test {
 protected:
  CollectorConfig config() const {
    CollectorConfig config;
    config.directories = {directory_.path()};
    return config;
  }

  /// The page, once it is there.
  static Page get(Collection& collection) {
    std::promise<Page> promise;
    collection.request(
        [&](const Result<Page>& page) { promise.set_value(page.ok() ? page.value() : nullptr); });
    return promise.get_future().get();
  }

  TemporaryDirectory directory_;
  self::SelfMetrics self_{{.version = "1.2.3", .revision = "", .compiler = ""}, "/proc"};
};

TEST_F(CollectionTest, APageShowsServicesAndTheAgentItself) {
  WriterProcess writer(directory_.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  Collection collection(config(), kNoRescan, self_, kNeverFails);
  collection.start();
  const Page page = get(collection);
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, HasSubstr("orders_total{job=\"shop\"} 5\n"));
  EXPECT_THAT(*page, HasSubstr("shm_exporter_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_TRUE(collection.ready());
}

TEST_F(CollectionTest, AProcessThatStartsLaterIsOnTheNextPageWithoutARescan) {
  Collection collection(config(), kNoRescan, self_, kNeverFails);
  collection.start();
  ASSERT_TRUE(get(collection));
  WriterProcess writer(directory_.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  // The kernel has reported the segment before add returned; the thread takes it in its turn.
  Page page = get(collection);
  while (page->find("orders_total") == std::string::npos) page = get(collection);
  EXPECT_THAT(*page, HasSubstr("orders_total{job=\"shop\"} 5\n"));
}

TEST_F(CollectionTest, RequestsThatWaitTogetherShareOnePage) {
  Collection collection(config(), kNoRescan, self_, kNeverFails);
  collection.start();
  std::promise<void> held;
  std::promise<void> all_wait;
  std::promise<Page> first;
  collection.request([&](const Result<Page>& page) {
    held.set_value();
    all_wait.get_future().wait();
    first.set_value(page.value());
  });
  held.get_future().wait();  // the thread is busy until the others have asked
  std::vector<std::promise<Page>> others(3);
  for (auto& other : others) {
    collection.request([&](const Result<Page>& page) { other.set_value(page.value()); });
  }
  all_wait.set_value();
  const Page shared = others[0].get_future().get();
  EXPECT_TRUE(shared != first.get_future().get());
  EXPECT_TRUE(shared == others[1].get_future().get());
  EXPECT_TRUE(shared == others[2].get_future().get());
}

TEST_F(CollectionTest, ARequestThatIsLeftWhenItEndsIsForgotten) {
  auto token = std::make_shared<int>();
  {
    Collection collection(config(), kNoRescan, self_, kNeverFails);
    collection.start();
    for (int i = 0; i < 3; ++i) collection.request([token](const Result<Page>&) {});
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace shmx::testing
