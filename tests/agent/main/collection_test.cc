// The collector's thread: who shares a page, and what a page shows.
#include "agent/main/collection.h"
#include "agent/model/page.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <filesystem>
#include <future>
#include <optional>
#include <vector>

#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"
#include "tests/agent/web/inflated.h"

namespace shmx::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A page as its reader sees it; the owner tells whether two are one.
using Page = std::optional<web::Body>;
using Answer = Result<Collection::Answer>;

bool shared(const Page& a, const Page& b) {
  return a && b && a->bytes.data() == b->bytes.data();
}

/// Longer than a test: only what the kernel reports and requests make it look.
const auto kNeverFails = [](const std::string& problem) { ADD_FAILURE() << problem; };
constexpr std::chrono::hours kNoRescan{24};
constexpr std::size_t kHeldBytes = std::size_t{64} << 20;

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
    collection.request({}, [&](const Answer& answer) {
      promise.set_value(answer ? Page(answer.value().body) : std::nullopt);
    });
    return promise.get_future().get();
  }

  TemporaryDirectory directory_;
  self::SelfMetrics self_{{.version = "1.2.3", .revision = "", .compiler = ""}, "/proc"};
};

TEST_F(CollectionTest, APageShowsServicesAndTheAgentItself) {
  WriterProcess writer(directory_.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  collection.start();
  const Page page = get(collection);
  ASSERT_TRUE(page);
  EXPECT_THAT(page->bytes, HasSubstr("orders_total{job=\"shop\"} 5\n"));
  EXPECT_THAT(page->bytes, HasSubstr("shm_exporter_build_info{version=\"1.2.3\"} 1\n"));
  EXPECT_TRUE(collection.ready());
}

TEST_F(CollectionTest, AProcessThatStartsLaterIsOnTheNextPageWithoutARescan) {
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  collection.start();
  ASSERT_TRUE(get(collection));
  WriterProcess writer(directory_.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  // The kernel has reported the segment before add returned; the thread takes it in its turn.
  Page page = get(collection);
  while (page->bytes.find("orders_total") == std::string::npos) page = get(collection);
  EXPECT_THAT(page->bytes, HasSubstr("orders_total{job=\"shop\"} 5\n"));
}

TEST_F(CollectionTest, AJobHasProcessMetricsFromWhenItIsAskedForToWhenItIsNot) {
  WriterProcess writer(directory_.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  collection.start();
  constexpr const char* kThreads = "process_threads{job=\"shop\"} 1\n";
  EXPECT_THAT(get(collection)->bytes, Not(HasSubstr(kThreads)));
  collection.use_process_metrics({"shop"});
  EXPECT_THAT(get(collection)->bytes, HasSubstr(kThreads));
  EXPECT_THAT(get(collection)->bytes, HasSubstr("process_cpu_seconds_total{job=\"shop\"} "));
  EXPECT_THAT(get(collection)->bytes,
              HasSubstr("shm_exporter_job_processes_measured{job=\"shop\"} 1\n"));
  collection.use_process_metrics({});
  EXPECT_THAT(get(collection)->bytes, Not(HasSubstr(kThreads)));
}

TEST_F(CollectionTest, RequestsThatWaitTogetherShareOnePage) {
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  collection.start();
  std::promise<void> held;
  std::promise<void> all_wait;
  std::promise<Page> first;
  collection.request({}, [&](const Answer& answer) {
    held.set_value();
    all_wait.get_future().wait();
    first.set_value(answer.value().body);
  });
  held.get_future().wait();  // the thread is busy until the others have asked
  std::vector<std::promise<Page>> others(3);
  for (auto& other : others) {
    collection.request({}, [&](const Answer& answer) { other.set_value(answer.value().body); });
  }
  all_wait.set_value();
  const Page second = others[0].get_future().get();
  EXPECT_FALSE(shared(second, first.get_future().get()));
  EXPECT_TRUE(shared(second, others[1].get_future().get()));
  EXPECT_TRUE(shared(second, others[2].get_future().get()));
}

TEST_F(CollectionTest, ChoicesAndCodingsShareACollectionAndEachHasItsPage) {
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  const Collection::Request all;
  Collection::Request some;
  some.choice.names = {"shm_exporter_pages_total"};
  Collection::Request compressed;
  compressed.codings.gzip = true;
  std::vector<std::promise<Collection::Answer>> promises(6);
  for (std::size_t i = 0; i < promises.size(); ++i) {
    const auto& request = i % 3 == 0 ? all : i % 3 == 1 ? some : compressed;
    collection.request(request,
                       [&, i](const Answer& answer) { promises[i].set_value(answer.value()); });
  }
  collection.start();
  std::vector<Collection::Answer> answers;
  answers.reserve(promises.size());
  for (auto& promise : promises) answers.push_back(promise.get_future().get());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(shared(answers[i].body, answers[i + 3].body));
  }
  EXPECT_EQ(answers[1].body.bytes, "");
  EXPECT_TRUE(answers[2].gzip);
  EXPECT_EQ(web::inflated(answers[2].body.bytes), answers[0].body.bytes);
  EXPECT_THAT(get(collection)->bytes, HasSubstr("shm_exporter_scrape_duration_seconds_count 1\n"));
}

TEST_F(CollectionTest, FamiliesComeOutOfTheCollectionOfThePages) {
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  std::promise<Collection::Families> families;
  collection.request_families([&](const auto& answer) { families.set_value(answer); });
  std::promise<Page> page;
  collection.request({}, [&](const Answer& answer) { page.set_value(answer.value().body); });
  collection.start();
  const Collection::Families got = families.get_future().get();
  ASSERT_TRUE(got);
  const Page body = page.get_future().get();
  const model::Page everything(got.value(), model::Scope{});
  EXPECT_THAT(everything.families(), Not(IsEmpty()));
  for (const model::Family* family : everything.families()) {
    EXPECT_THAT(body->bytes, HasSubstr("# TYPE " + family->info->name + " "));
  }
  EXPECT_THAT(get(collection)->bytes, HasSubstr("shm_exporter_scrape_duration_seconds_count 1\n"));
}

TEST_F(CollectionTest, FamiliesAloneCauseACollection) {
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  collection.start();
  std::promise<bool> given;
  collection.request_families([&](const auto& answer) { given.set_value(answer.ok()); });
  EXPECT_TRUE(given.get_future().get());
}

/// The overview, once it is there.
std::shared_ptr<const Collection::Overview> overview(Collection& collection) {
  std::promise<std::shared_ptr<const Collection::Overview>> promise;
  collection.request_overview([&](const auto& made) { promise.set_value(made); });
  return promise.get_future().get();
}

TEST_F(CollectionTest, AnOverviewIsOfTheCollectionOfThePages) {
  WriterProcess writer(directory_.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  std::promise<std::shared_ptr<const Collection::Overview>> promise;
  collection.request_overview([&](const auto& made) { promise.set_value(made); });
  std::promise<Collection::Families> families;
  collection.request_families([&](const auto& answer) { families.set_value(answer); });
  collection.start();
  const auto made = promise.get_future().get();
  EXPECT_EQ(made->epoch, families.get_future().get().value());
  EXPECT_TRUE(made->ready);
  EXPECT_EQ(made->problem, "");
  EXPECT_EQ(made->census.processes.size(), 1U);
  EXPECT_FALSE(made->last_scrape) << "nobody has asked for a page";
  ASSERT_TRUE(get(collection));
  const auto later = overview(collection);
  ASSERT_TRUE(later->last_scrape);
  EXPECT_GE(later->time_seconds, later->last_scrape->time_seconds);
}

TEST_F(CollectionTest, AnOverviewSaysWhyThereIsNoPage) {
  CollectorConfig broken = config();
  broken.directories = {directory_.file("loop")};
  std::filesystem::create_symlink(directory_.file("loop"), directory_.file("loop"));
  Collection collection(std::move(broken), kNoRescan, kHeldBytes, self_, kNeverFails);
  collection.start();
  EXPECT_FALSE(get(collection));
  const auto made = overview(collection);
  EXPECT_FALSE(made->ready);
  EXPECT_THAT(made->problem, HasSubstr("loop"));
  EXPECT_THAT(made->epoch->collected->families, IsEmpty());
  EXPECT_THAT(made->epoch->own, Not(IsEmpty()));
}

TEST_F(CollectionTest, ARequestWhoseTimeIsOverCausesNoCollection) {
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
  std::promise<int> code;
  Collection::Request late;
  late.until = Collection::Clock::now();
  collection.request(late, [&](const Answer& answer) { code.set_value(answer.error().code); });
  collection.start();
  EXPECT_EQ(code.get_future().get(), ETIMEDOUT);
  EXPECT_THAT(get(collection)->bytes, HasSubstr("shm_exporter_scrape_duration_seconds_count 0\n"));
}

TEST_F(CollectionTest, RequestsWhoseTimeIsOverDoNotAddUpWhileNothingIsCollected) {
  Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);  // not started
  int told = 0;
  Collection::Request late;
  late.until = Collection::Clock::now();
  for (int i = 0; i < 1000; ++i) {
    collection.request(late, [&](const Answer&) { ++told; });
  }
  EXPECT_GT(told, 990);
}

TEST_F(CollectionTest, PagesThatSomebodyStillHoldsAreBounded) {
  Collection collection(config(), kNoRescan, 1, self_, kNeverFails);
  collection.start();
  Page first = get(collection);
  ASSERT_TRUE(first);
  EXPECT_FALSE(get(collection));
  first.reset();
  EXPECT_TRUE(get(collection));
}

TEST_F(CollectionTest, ARequestThatIsLeftWhenItEndsIsForgotten) {
  auto token = std::make_shared<int>();
  {
    Collection collection(config(), kNoRescan, kHeldBytes, self_, kNeverFails);
    collection.start();
    for (int i = 0; i < 3; ++i) collection.request({}, [token](const Answer&) {});
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace shmx::testing
