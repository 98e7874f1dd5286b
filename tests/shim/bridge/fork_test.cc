// The bridge in forked children: stopped there until it is called there, nothing counted twice, and
// no child that inherits a registry whose lock is held.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <semaphore>
#include <string>
#include <thread>

#include "shim/prometheus_bridge.h"
#include "tests/shim/bridge/own_segment.h"

namespace shmx::test {
namespace {

using testing::Contains;
using testing::Pair;

class PrometheusBridgeForkTest : public testing::Test {
 protected:
  PrometheusBridgeForkTest() { configure_segment(); }

  // Runs the body in a forked child; whether it saw what it expected.
  static bool in_child(const std::function<void()>& body) {
    const pid_t child = fork();
    if (child == 0) {
      body();
      _exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

  // Returns when the bridge's thread runs: a child that is forked while it is being created
  // inherits a lock of the sanitizers (clang 14 takes none of its own over a fork) that nobody
  // releases.
  static void wait_for_thread() {
    bool runs = false;
    while (!runs) {
      for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::getline(std::ifstream(task.path() / "comm"), name);
        runs = runs || name == "shmx-bridge";
      }
      std::this_thread::yield();
    }
  }

  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  prometheus::Counter& counter_ = prometheus::BuildCounter()
                                      .Name("forked_total")
                                      .Register(*registry_)
                                      .Add({{std::string(kTestLabel), test_name()}});
};

TEST_F(PrometheusBridgeForkTest, AChildCountsWhatItCountedAfterItsFirstPublication) {
  PrometheusBridge bridge(registry_);
  counter_.Increment(5);
  bridge.publish();
  counter_.Increment(2);
  EXPECT_TRUE(in_child([&] {
    EXPECT_TRUE(bridge.publish());
    counter_.Increment(3);
    EXPECT_TRUE(bridge.publish());
    EXPECT_THAT(published().values, Contains(Pair("forked_total", 3)));
  }));
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("forked_total", 7)));
}

TEST_F(PrometheusBridgeForkTest, AForkBeforeTheFirstPublicationCountsNothingTwice) {
  PrometheusBridge bridge(registry_);
  counter_.Increment(5);
  EXPECT_TRUE(in_child([&] {
    EXPECT_TRUE(bridge.publish());
    EXPECT_THAT(published().values, Contains(Pair("forked_total", 0)));
  }));
  bridge.publish();
  EXPECT_THAT(published().values, Contains(Pair("forked_total", 5)));
}

TEST_F(PrometheusBridgeForkTest, TheThreadIsStoppedInAChildUntilItIsStartedThere) {
  PrometheusBridge bridge(registry_);
  EXPECT_TRUE(bridge.start(std::chrono::hours(1)));
  wait_for_thread();
  EXPECT_TRUE(in_child([&] {
    bridge.stop();
    EXPECT_TRUE(bridge.start(std::chrono::hours(1)));
    counter_.Increment(4);
    bridge.stop();
    EXPECT_THAT(published().values, Contains(Pair("forked_total", 4)));
  }));
  EXPECT_FALSE(bridge.start(std::chrono::hours(1)));
}

TEST_F(PrometheusBridgeForkTest, AGrandchildBeginsAnewAsWell) {
  PrometheusBridge bridge(registry_);
  EXPECT_TRUE(in_child([&] {
    bridge.publish();
    counter_.Increment(10);
    bridge.publish();
    EXPECT_TRUE(in_child([&] {
      bridge.publish();
      counter_.Increment(1);
      bridge.publish();
      EXPECT_THAT(published().values, Contains(Pair("forked_total", 1)));
    }));
  }));
}

// Says what the registry says, and meanwhile does something else.
class Busy : public prometheus::Collectable {
 public:
  Busy(const prometheus::Collectable& of, std::function<void()> meanwhile)
      : of_(of), meanwhile_(std::move(meanwhile)) {}
  std::vector<prometheus::MetricFamily> Collect() const override {
    meanwhile_();
    return of_.Collect();
  }

 private:
  const prometheus::Collectable& of_;
  std::function<void()> meanwhile_;
};

TEST_F(PrometheusBridgeForkTest, AForkWaitsForACollectionThatIsUnderWay) {
  std::atomic<int> under_way{0};
  const auto busy = std::make_shared<Busy>(*registry_, [&] {
    ++under_way;
    // Longer than between two collections, so that most forks meet one, and on a loaded machine,
    // too, much shorter than a fork waits.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    while (std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    --under_way;
  });
  PrometheusBridge bridge(busy);
  EXPECT_TRUE(bridge.start(std::chrono::milliseconds(1)));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(in_child([&] {
      EXPECT_EQ(under_way, 0);
      EXPECT_TRUE(bridge.publish());
    }));
  }
}

TEST_F(PrometheusBridgeForkTest,
       AForkDoesNotWaitForEverForACollectionThatWaitsForTheForkingThread) {
  std::latch collecting(1);
  std::binary_semaphore forked(0);
  const auto busy = std::make_shared<Busy>(*registry_, [&] {
    if (!collecting.try_wait()) {
      collecting.count_down();
      forked.acquire();
    }
  });
  PrometheusBridge bridge(busy);
  std::jthread publisher([&] { bridge.publish(); });
  collecting.wait();
  EXPECT_TRUE(in_child([&] {
    EXPECT_TRUE(bridge.publish());
    counter_.Increment(2);
    EXPECT_TRUE(bridge.publish());
    EXPECT_THAT(published().values, Contains(Pair("forked_total", 2)));
  }));
  forked.release();
}

TEST_F(PrometheusBridgeForkTest, ACollectionThatForksIsPublishedByTheParentAlone) {
  pid_t child = -1;
  const auto busy = std::make_shared<Busy>(*registry_, [&] { child = fork(); });
  PrometheusBridge bridge(busy);
  counter_.Increment(6);
  const bool was_published = bridge.publish();
  if (child == 0) {
    _exit(was_published || published().values.contains("forked_total") ? 1 : 0);
  }
  EXPECT_TRUE(was_published);
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(published().values, Contains(Pair("forked_total", 6)));
}

}  // namespace
}  // namespace shmx::test
