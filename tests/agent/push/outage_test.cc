// Over both protocols, to the strict receiver: what it has is what was counted, whatever it did to
// requests in between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>

#include "tests/agent/push/delta_receiver.h"
#include "tests/agent/push/exporting.h"
#include "tests/agent/push/families.h"
#include "tests/agent/push/population.h"
#include "tests/agent/push/receiver/receiver.h"

namespace shmx::push {
namespace {

using otlp::Temporality;
using testing::Behaviour;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr int kRounds = 4;
constexpr int kTroublesPerRound = 10;

using Way = std::tuple<Protocol, Temporality>;

std::string name_of(const ::testing::TestParamInfo<Way>& way) {
  return std::string(std::get<0>(way.param) == Protocol::grpc ? "Grpc" : "Http") +
         (std::get<1>(way.param) == Temporality::delta ? "Delta" : "Cumulative");
}

class Outages : public ::testing::TestWithParam<Way> {
 protected:
  Protocol protocol() const { return std::get<0>(GetParam()); }
  bool delta() const { return std::get<1>(GetParam()) == Temporality::delta; }

  void start() {
    // A request of deltas whose time is over may have been recorded: long enough for a busy
    // machine.
    Options options = quick_options(5s);
    options.interval = delta() ? 1s : 500ms;
    options.protocol = protocol();
    options.url = protocol() == Protocol::grpc ? receiver_.grpc_url() : receiver_.http_url();
    options.temporality = std::get<1>(GetParam());
    options.max_request_bytes = 2000;  // several messages
    auto transport = make_transport(options, "OTel-OTLP-Exporter-test");
    if (!transport) {
      throw std::runtime_error(transport.error().message);
    }
    exporter_ =
        std::make_unique<Exporter>(options, std::move(transport).value(),
                                   hooks(watch_, [this] { return page(); }), store_.store());
    exporter_->start();
  }

  std::vector<model::Family> page() {
    const std::lock_guard lock(mutex_);
    if (growing_) {
      population_.grow();
    }
    return population_.page();
  }

  void grow(bool growing) {
    const std::lock_guard lock(mutex_);
    growing_ = growing;
  }

  // Something that may be done to a request and leaves no doubt about whether it was recorded.
  Behaviour trouble() {
    const bool grpc = protocol() == Protocol::grpc;
    Behaviour behaviour;
    switch (random_() % (delta() ? 5 : 7)) {
      case 0:
        behaviour.status = grpc ? 14 : 503;  // unavailable: to be sent again
        break;
      case 1:
        behaviour.status = grpc ? 3 : 400;  // never again
        break;
      case 2:
        behaviour.close = Behaviour::Close::before_reading;
        break;
      case 3:
        behaviour.close = Behaviour::Close::after_reading;
        break;
      case 4:
        break;
      case 5:  // From here on the receiver has what the sender cannot know that it has.
        behaviour.answer = Behaviour::Answer::never;
        break;
      default:
        behaviour.close = Behaviour::Close::after_recording;
    }
    return behaviour;
  }

  void expect_sums() {
    const testing::Ledger ledger = receiver_->ledger();
    for (const model::Family& family : page()) {
      for (const model::Point& point : family.points) {
        if (family.info->type == model::Type::gauge) {
          continue;
        }
        const auto* const histogram = std::get_if<model::HistogramValue>(&point.value);
        const model::Ticks counted = histogram == nullptr
                                         ? std::get<model::CounterValue>(point.value).ticks
                                         : histogram->observations();
        EXPECT_EQ(
            ledger.total(family.info->name, {{"id", point.series->labels()[0].value}}).value_or(0),
            static_cast<double>(counted))
            << key_of(family, point);
      }
    }
  }

  std::mutex mutex_;
  Population population_{7, 0};
  bool growing_ = true;
  std::mt19937 random_{7};
  testing::Receiver receiver_;
  StoreInMemory store_;
  Watch watch_;
  std::unique_ptr<Exporter> exporter_;
};

TEST_P(Outages, LoseNothingAndDoubleNothing) {
  start();
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    const std::size_t before = receiver_->requests();
    for (int i = 0; i < kTroublesPerRound; ++i) {
      receiver_->script(trouble());
    }
    ASSERT_TRUE(receiver_->wait_for_requests(before + kTroublesPerRound, kPatience));
    if (round % 4 == 1) {
      receiver_.go_down();
      ASSERT_TRUE(watch_.wait_for_reports(watch_.reports().size() + 2));
      receiver_.come_up();
    }
    if (round % 4 == 2) {
      exporter_->stop();
      start();
    }
    grow(false);
    ASSERT_TRUE(watch_.wait_for_whole_push()) << ::testing::PrintToString(watch_.warnings())
                                              << ::testing::PrintToString(receiver_->violations());
    expect_sums();
    grow(true);
  }
  exporter_->stop();
  EXPECT_THAT(receiver_->violations(), IsEmpty());
}

TEST_P(Outages, PointsThatAPartialSuccessRejectsAreNotSentAgain) {
  grow(false);
  Behaviour partial;
  partial.rejected_points = 1;
  partial.message = "one is enough";
  receiver_->script(partial);
  page();
  {
    const std::lock_guard lock(mutex_);
    population_.grow();
  }
  start();
  ASSERT_TRUE(watch_.wait_for_whole_push());
  exporter_->stop();
  std::uint64_t rejected = 0;
  for (const Report& report : watch_.reports()) {
    rejected += report.points_rejected;
  }
  EXPECT_EQ(rejected, 1U);
  EXPECT_THAT(watch_.warnings(), ::testing::Contains(::testing::HasSubstr("one is enough")));
  EXPECT_EQ(receiver_->ledger().repeats(), 0U);
  EXPECT_THAT(receiver_->violations(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Ways, Outages,
    ::testing::Combine(::testing::Values(Protocol::http_protobuf, Protocol::grpc),
                       ::testing::Values(Temporality::cumulative, Temporality::delta)),
    name_of);

}  // namespace
}  // namespace shmx::push
