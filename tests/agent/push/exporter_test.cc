// The exporter's thread: when it pushes, what it survives, and how it ends.
#include "agent/push/exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

#include "tests/agent/push/delta_receiver.h"
#include "tests/agent/push/exporting.h"
#include "tests/agent/push/families.h"

namespace shmx::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;
using Clock = Transport::Clock;
using Outcome = Report::Outcome;
using Families = std::vector<model::Family>;

// A receiver that is away, and says so at once.
Reply away(Clock::time_point /*deadline*/) {
  return {.kind = Reply::Kind::retry, .message = "away", .wait = 1h};
}

class Pushing : public ::testing::Test {
 protected:
  ~Pushing() override { EXPECT_THAT(scripted_.reception().violations(), IsEmpty()); }

  Hooks hooks() {
    return push::hooks(watch_, [this] {
      return Families{{info_, {point("a", model::CounterValue{orders_}, 1)}},
                      {gauge_info("level"), {point("a", model::GaugeValue{4}, 0)}}};
    });
  }

  std::unique_ptr<Exporter> started(Options options, Hooks hooks, AcknowledgedStore store = {}) {
    auto exporter = std::make_unique<Exporter>(std::move(options), scripted_.transport(),
                                               std::move(hooks), std::move(store));
    exporter->start();
    return exporter;
  }
  std::unique_ptr<Exporter> started(Options options) {
    return started(std::move(options), hooks());
  }

  double received() const {
    return scripted_.reception().ledger().total("orders_total").value_or(-1);
  }

  // Pushes that are over in time even on a machine that is busy: a push ends with its interval.
  static Options steady_options() {
    Options options = quick_options();
    options.interval = 300ms;
    return options;
  }

  static Options once_options() {  // no tick ever comes
    Options options = quick_options();
    options.interval = 1h;
    return options;
  }

  std::shared_ptr<const model::FamilyInfo> info_ = counter_info("orders_total");
  std::atomic<std::int64_t> orders_ = 7;
  Watch watch_;
  Scripted scripted_;
};

TEST_F(Pushing, IsDoneEveryInterval) {
  const auto exporter = started(steady_options());
  ASSERT_TRUE(watch_.wait_for_reports(2));
  EXPECT_EQ(received(), 7);
  orders_ = 9;
  ASSERT_TRUE(watch_.wait_for_whole_push());
  EXPECT_EQ(received(), 9);
  const Report report = watch_.reports().front();
  EXPECT_EQ(report.outcome, Outcome::accepted);
  EXPECT_EQ(report.requests, 1U);
  EXPECT_EQ(report.points_accepted, 2U);
  EXPECT_GT(report.sent_bytes, 0U);
  EXPECT_GT(report.duration_seconds, 0);
  EXPECT_THAT(watch_.warnings(), IsEmpty());
}

TEST_F(Pushing, SplitsWhatIsTooLargeForOneRequest) {
  Options options = once_options();
  options.max_request_bytes = 1;
  started(options)->stop();
  EXPECT_EQ(watch_.reports().front().requests, 2U);
  EXPECT_EQ(watch_.reports().front().points_accepted, 2U);
}

TEST_F(Pushing, IsDoneOnceMoreAtTheEnd) {
  const auto exporter = started(once_options());
  exporter->stop();
  exporter->stop();
  EXPECT_THAT(watch_.reports(), SizeIs(1));
  EXPECT_EQ(received(), 7);
}

TEST_F(Pushing, IsDoneByWhoWasStartedOnly) {
  Exporter exporter(once_options(), scripted_.transport(), hooks());
  exporter.stop();
  EXPECT_THAT(watch_.reports(), IsEmpty());
}

TEST_F(Pushing, IsSkippedWhileThereIsNoPage) {
  Hooks none = hooks();
  none.collect = [](Clock::time_point) -> Result<std::shared_ptr<const model::Page>> {
    return Error{"not read yet"};
  };
  const auto exporter = started(quick_options(), std::move(none));
  ASSERT_TRUE(watch_.wait_for_reports(3));
  EXPECT_EQ(watch_.reports().back().outcome, Outcome::skipped);
  EXPECT_THAT(scripted_.attempts(), IsEmpty());
  EXPECT_THAT(watch_.warnings(), IsEmpty());
}

TEST_F(Pushing, CollectsNoLongerThanARequestMayTake) {
  Hooks timed = hooks();
  std::atomic<bool> longer = false;
  timed.collect = [&, collect = timed.collect](Clock::time_point until) {
    longer = longer || until > Clock::now() + 100ms;
    return collect(until);
  };
  Options options = quick_options(100ms);
  options.interval = 500ms;  // a push may take as long
  const auto exporter = started(options, std::move(timed));
  ASSERT_TRUE(watch_.wait_for_reports(1));
  exporter->stop();
  EXPECT_FALSE(longer);
}

TEST_F(Pushing, GoesOnAfterAnException) {
  Hooks throwing = hooks();
  std::atomic<bool> out_of_memory = true;
  throwing.collect = [&, collect = throwing.collect](Clock::time_point until) {
    if (out_of_memory) {
      throw std::bad_alloc();
    }
    return collect(until);
  };
  const auto exporter = started(quick_options(), std::move(throwing));
  ASSERT_TRUE(watch_.wait_for_reports(2));
  EXPECT_EQ(watch_.reports().front().outcome, Outcome::failed);
  out_of_memory = false;
  ASSERT_TRUE(watch_.wait_for_whole_push());
  EXPECT_EQ(received(), 7);
}

TEST_F(Pushing, TellsOfATroubleOnceAndOfItsEnd) {
  scripted_.usually(away);
  const auto exporter = started(steady_options());
  ASSERT_TRUE(watch_.wait_for_reports(3));
  EXPECT_THAT(watch_.warnings(), ElementsAre(HasSubstr("away")));
  scripted_.usually([](Clock::time_point) -> Reply {
    return {.kind = Reply::Kind::refused, .message = "who are you"};
  });
  ASSERT_TRUE(watch_.wait_for_reports(watch_.reports().size() + 3));
  EXPECT_THAT(watch_.warnings(), ElementsAre(HasSubstr("away"), HasSubstr("who are you")));
  scripted_.usually(nullptr);
  ASSERT_TRUE(watch_.wait_for_whole_push());
  exporter->stop();
  EXPECT_THAT(watch_.warnings(),
              ElementsAre(HasSubstr("away"), HasSubstr("who are you"), HasSubstr("again")));
}

TEST_F(Pushing, OfNothingEndsNoTrouble) {
  Hooks emptying = hooks();
  std::atomic<bool> empty = false;
  emptying.collect = [&, collect = emptying.collect](Clock::time_point until) {
    return empty ? Result<std::shared_ptr<const model::Page>>(page_of({})) : collect(until);
  };
  scripted_.usually(away);
  const auto exporter = started(steady_options(), std::move(emptying));
  ASSERT_TRUE(watch_.wait_for_reports(1));
  empty = true;
  ASSERT_TRUE(watch_.wait_for_whole_push());
  EXPECT_EQ(watch_.reports().back().requests, 0U);
  exporter->stop();
  EXPECT_THAT(watch_.warnings(), ElementsAre(HasSubstr("away")));
}

TEST_F(Pushing, StopsInTheMiddleOfAWaitAndThenPushesOnce) {
  Options options = quick_options();
  options.interval = 2s;  // a push may wait as long as that
  scripted_.script([](Clock::time_point) -> Reply {
    return {.kind = Reply::Kind::retry, .message = "later", .wait = 1s};
  });
  const auto exporter = started(options);
  ASSERT_TRUE(scripted_.wait_for_attempts(1));
  exporter->stop();
  const auto reports = watch_.reports();
  ASSERT_THAT(reports, SizeIs(2));
  EXPECT_EQ(reports[0].outcome, Outcome::failed);
  EXPECT_EQ(reports[0].retries, 0U);
  EXPECT_EQ(reports[1].outcome, Outcome::accepted);
  EXPECT_EQ(received(), 7);
  EXPECT_THAT(watch_.warnings(), IsEmpty());
}

TEST_F(Pushing, RetriesAtTheEndWithinOneTimeout) {
  Options options = once_options();
  options.timeout = 20s;
  scripted_.script([](Clock::time_point) -> Reply { return {.kind = Reply::Kind::retry}; });
  started(options)->stop();
  EXPECT_EQ(watch_.reports().front().retries, 1U);
  EXPECT_EQ(received(), 7);
}

TEST_F(Pushing, ToADeadReceiverEndsWithinTwoTimeouts) {
  const auto timeout = 50ms;
  Options options = quick_options(timeout);
  options.interval = 20ms;
  scripted_.usually(dead);
  const auto exporter = started(options);
  ASSERT_TRUE(watch_.wait_for_reports(3));
  exporter->stop();
  const auto attempts = scripted_.attempts();
  for (const Scripted::Attempt& attempt : attempts) {
    EXPECT_LE(attempt.deadline, attempt.sent + timeout);
  }
  const std::uint64_t last = watch_.reports().back().requests;
  ASSERT_GT(last, 0U);
  const auto first_of_last = attempts.end() - static_cast<std::ptrdiff_t>(last);
  for (auto attempt = first_of_last; attempt != attempts.end(); ++attempt) {
    EXPECT_LE(attempt->deadline, first_of_last->sent + timeout);
  }
}

TEST_F(Pushing, OfSeveralEndsAtTheSameTime) {
  Options options = once_options();
  options.timeout = 60s;
  Scripted other;
  Exporter second(options, other.transport(), hooks());
  std::atomic<bool> together = false;
  scripted_.script([&](Clock::time_point) -> Reply {  // answers when the other is asked, too
    together = other.wait_for_attempts(1);
    return {.kind = Reply::Kind::accepted};
  });
  const auto first = started(options);
  second.start();
  first->ask_to_stop();
  second.ask_to_stop();
  first->stop();
  second.stop();
  EXPECT_TRUE(together);
}

TEST_F(Pushing, ToADeadReceiverHoldsOnePage) {
  Hooks counted = hooks();
  std::vector<std::weak_ptr<const model::Page>> pages;  // the exporter's thread
  std::atomic<std::size_t> most = 0;
  counted.collect = [&, collect = counted.collect](Clock::time_point until) {
    auto page = collect(until);
    const auto alive =
        std::count_if(pages.begin(), pages.end(), [](const auto& one) { return !one.expired(); });
    most = std::max<std::size_t>(most, static_cast<std::size_t>(alive));
    pages.push_back(page.value());
    ++orders_;
    return page;
  };
  for (const auto temporality : {otlp::Temporality::cumulative, otlp::Temporality::delta}) {
    Options options = quick_options(2ms);
    options.interval = 5ms;
    options.temporality = temporality;
    scripted_.usually(dead);
    const auto exporter = started(options, counted);
    ASSERT_TRUE(watch_.wait_for_reports(watch_.reports().size() + 20));
    exporter->stop();
    EXPECT_GT(pages.size(), 20U);
  }
  EXPECT_EQ(most, 0U);
}

TEST_F(Pushing, DeltasWaitsUntilItIsKnownWhatWasAcknowledged) {
  Options options = quick_options();
  options.temporality = otlp::Temporality::delta;
  StoreInMemory store;
  std::atomic<bool> no_descriptors = true;
  AcknowledgedStore failing = store.store();
  failing.load = [&, load = failing.load]() -> Result<model::AcknowledgedLoaded> {
    if (no_descriptors) {
      return Error{"no descriptors"};
    }
    return load();
  };
  const auto exporter = started(options, hooks(), failing);
  ASSERT_TRUE(watch_.wait_for_reports(3));
  EXPECT_EQ(watch_.reports().back().outcome, Outcome::failed);
  EXPECT_THAT(scripted_.attempts(), IsEmpty());
  EXPECT_THAT(watch_.warnings(), ElementsAre(HasSubstr("no descriptors")));
  no_descriptors = false;
  ASSERT_TRUE(watch_.wait_for_whole_push());
  exporter->stop();
  EXPECT_EQ(received(), 7);
  EXPECT_THAT(store.series, SizeIs(1));
}

TEST_F(Pushing, DeltasTellsOfAStoreThatFailsOnce) {
  Options options = steady_options();
  options.temporality = otlp::Temporality::delta;
  StoreInMemory store;
  store.fails_to_save = true;
  Hooks growing = hooks();
  growing.collect = [this, collect = growing.collect](Clock::time_point until) {
    ++orders_;
    return collect(until);
  };
  const auto exporter = started(options, std::move(growing), store.store());
  ASSERT_TRUE(watch_.wait_for_reports(3));
  exporter->stop();
  EXPECT_EQ(received(), static_cast<double>(orders_));
  EXPECT_THAT(watch_.warnings(), ElementsAre(HasSubstr("disk full")));
}

TEST_F(Pushing, DeltasSendsWhatWasRefusedWithWhatComes) {
  Options options = steady_options();
  options.temporality = otlp::Temporality::delta;
  scripted_.script([](Clock::time_point) -> Reply { return {.kind = Reply::Kind::refused}; });
  const auto exporter = started(options);
  ASSERT_TRUE(watch_.wait_for_whole_push());
  EXPECT_EQ(watch_.reports().front().outcome, Outcome::refused);
  EXPECT_EQ(received(), 7);
}

}  // namespace
}  // namespace shmx::push
