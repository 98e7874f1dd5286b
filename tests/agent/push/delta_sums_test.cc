// Deltas add up exactly to the totals: over hundreds of pushes of which any part may fail, restarts
// of the exporter with its store, and series that restart, come and go.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

#include "agent/push/deltas.h"
#include "tests/agent/push/delta_receiver.h"
#include "tests/agent/push/families.h"
#include "tests/agent/push/population.h"

namespace shmx::push {
namespace {

constexpr int kPushes = 400;

class Sums : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  Sums() : population_(GetParam()), random_(GetParam()) { restart(); }

  void restart() {
    deltas_.emplace(store_.store(), now_);
    EXPECT_TRUE(deltas_->load());
  }

  // Series that began anew add to what their earlier runs left at the receiver.
  void live() {
    now_ += 1000;
    for (const std::string& key : population_.live(now_)) {
      before_[key] = receiver_.total(key);
    }
  }

  // Messages of a few points each, of which each arrives with this probability.
  void push(double arrives) {
    now_ += 1000;
    page_ = population_.page();
    std::vector<otlp::Encoded> rest = points_of(deltas_->take(pointers(page_), now_));
    std::shuffle(rest.begin(), rest.end(), random_);
    while (!rest.empty()) {
      const std::size_t size = std::min<std::size_t>(1 + random_() % 20, rest.size());
      const std::vector<otlp::Encoded> message(rest.end() - static_cast<std::ptrdiff_t>(size),
                                               rest.end());
      rest.resize(rest.size() - size);
      if (std::bernoulli_distribution(arrives)(random_)) {
        receiver_.accept(message, now_);
        deltas_->acknowledge(message);
        EXPECT_TRUE(deltas_->save());
      }
    }
    EXPECT_TRUE(deltas_->save());
  }

  void expect_sums() {
    for (const model::Family& family : page_) {
      for (const model::Point& point : family.points) {
        if (family.info->type == model::Type::gauge) {
          continue;
        }
        const std::string key = key_of(family, point);
        Cells expected = cells_of(point.value);
        for (std::size_t i = 0; i < before_[key].size(); ++i) {
          expected[i] += before_[key][i];
        }
        Cells got = receiver_.total(key);
        got.resize(expected.size());
        EXPECT_TRUE(got == expected) << key;
      }
    }
  }

  Population population_;
  std::mt19937 random_;
  StoreInMemory store_;
  std::optional<Deltas> deltas_;
  DeltaReceiver receiver_;
  std::int64_t now_ = 1000;
  std::vector<model::Family> page_;
  std::map<std::string, Cells> before_;
};

TEST_P(Sums, AreTheTotalsWheneverAPushArrivesWhole) {
  int whole = 0;
  for (int i = 0; i < kPushes && !HasFailure(); ++i) {
    live();
    switch (random_() % 4) {
      case 0:
        push(1);
        expect_sums();
        ++whole;
        break;
      case 1:
        push(0);
        break;
      case 2:
        restart();
        [[fallthrough]];
      default:
        push(0.5);
    }
  }
  EXPECT_GT(whole, kPushes / 8);
}

TEST_P(Sums, AreKeptWithoutEveryResultOfASave) {
  for (int i = 0; i < kPushes && !HasFailure(); ++i) {
    live();
    push(0.7);
    // The store fails for a while, and works again before the agent restarts.
    store_.fails_to_save = true;
    page_ = population_.page();
    const auto points = points_of(deltas_->take(pointers(page_), now_ += 1000));
    receiver_.accept(points, now_);
    deltas_->acknowledge(points);
    EXPECT_EQ(deltas_->save().ok(), points.size() <= 1);  // the gauge is always there
    store_.fails_to_save = false;
    push(1);
    restart();
    expect_sums();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Sums, ::testing::Range(1U, 6U));

}  // namespace
}  // namespace shmx::push
