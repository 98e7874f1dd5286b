// The rules of delivery, on a clock that moves only when somebody waits.
#include "agent/push/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace shmx::push {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;
using Clock = Transport::Clock;
using Outcome = Report::Outcome;

constexpr Clock::time_point kBegun{};

Reply accepted() {
  return {.kind = Reply::Kind::accepted, .sent_bytes = 10};
}
Reply retry(std::optional<std::chrono::milliseconds> wait = {}) {
  return {.kind = Reply::Kind::retry, .sent_bytes = 10, .message = "busy", .wait = wait};
}
Reply refused() {
  return {.kind = Reply::Kind::refused, .sent_bytes = 10, .message = "no such thing"};
}

class Rules : public ::testing::Test, private Transport {
 protected:
  struct Attempt {
    std::string request;
    Clock::duration at;
    Clock::duration deadline;
    friend bool operator==(const Attempt&, const Attempt&) = default;
  };

  // A push of these messages, each of three points, until `end`.
  Delivered push(const std::vector<std::string>& messages, Clock::duration end = 30s) {
    Delivery delivery(*this, 10s,
                      {[this] { return now_; },
                       [this](Clock::time_point until) {
                         if (until < now_) {
                           throw std::logic_error("waits for what is over");
                         }
                         now_ = stop_at_ ? std::min(until, *stop_at_) : until;
                         return !stopping();
                       },
                       [this] { return stopping(); }, [] { return 1.0; }});
    std::size_t next = 0;
    return delivery.deliver(
        [&]() -> std::optional<otlp::Message> {
          if (next == messages.size()) {
            return {};
          }
          return otlp::Message{messages[next++], std::vector<otlp::Encoded>(3)};
        },
        [&](const otlp::Message& message) { accepted_.push_back(message.bytes); }, kBegun + end);
  }

  std::vector<std::string> requests() const {
    std::vector<std::string> all;
    for (const Attempt& attempt : attempts_) {
      all.push_back(attempt.request);
    }
    return all;
  }

  bool stopping() const { return stop_at_ && now_ >= *stop_at_; }

  std::deque<Reply> script_;
  Clock::duration takes_{};  // a request
  std::optional<Clock::time_point> stop_at_;
  std::vector<Attempt> attempts_;
  std::vector<std::string> accepted_;
  Clock::time_point now_ = kBegun;

 private:
  Reply send(std::string_view request, Clock::time_point deadline) override {
    if (deadline <= now_) {
      throw std::logic_error("a deadline that is over");
    }
    attempts_.push_back({std::string(request), now_ - kBegun, deadline - kBegun});
    now_ += std::min(takes_, deadline - now_);
    if (script_.empty()) {
      return accepted();
    }
    Reply reply = script_.front();
    script_.pop_front();
    return reply;
  }
};

TEST_F(Rules, MessagesAreSentInTurnAndEachIsAcknowledged) {
  const Delivered delivered = push({"a", "b"});
  EXPECT_THAT(requests(), ElementsAre("a", "b"));
  EXPECT_THAT(accepted_, ElementsAre("a", "b"));
  EXPECT_EQ(delivered.report.outcome, Outcome::accepted);
  EXPECT_EQ(delivered.report.requests, 2U);
  EXPECT_EQ(delivered.report.points_accepted, 6U);
  EXPECT_EQ(delivered.report.sent_bytes, 20U);
  EXPECT_THAT(delivered.trouble, IsEmpty());
}

TEST_F(Rules, APushOfNothingIsAccepted) {
  EXPECT_EQ(push({}).report.outcome, Outcome::accepted);
  EXPECT_THAT(attempts_, IsEmpty());
}

TEST_F(Rules, WhatMayBeRetriedIsSentAgainAfterTheBackoff) {
  script_ = {retry(), retry(), accepted()};
  const Delivered delivered = push({"a", "b"});
  EXPECT_THAT(attempts_, ElementsAre(Attempt{"a", 0s, 10s}, Attempt{"a", 1s, 11s},
                                     Attempt{"a", 2500ms, 12500ms}, Attempt{"b", 2500ms, 12500ms}));
  EXPECT_EQ(delivered.report.outcome, Outcome::accepted);
  EXPECT_EQ(delivered.report.retries, 2U);
  EXPECT_EQ(delivered.report.points_accepted, 6U);
  EXPECT_THAT(delivered.trouble, IsEmpty());
}

TEST_F(Rules, EachMessageHasABackoffOfItsOwn) {
  script_ = {retry(), accepted(), retry(), accepted()};
  push({"a", "b"});
  EXPECT_EQ(attempts_.back().at, 2s);
}

TEST_F(Rules, ARetryIsNeverBeforeTheReceiverWantsIt) {
  script_ = {retry(7s), retry(0s), accepted()};
  push({"a"});
  EXPECT_THAT(attempts_, ElementsAre(Attempt{"a", 0s, 10s}, Attempt{"a", 7s, 17s},
                                     Attempt{"a", 8500ms, 18500ms}));
}

TEST_F(Rules, AWaitBeyondTheEndGivesUpAtOnce) {
  for (const auto wait : {30'000ms, std::chrono::milliseconds::max()}) {
    script_ = {retry(wait)};
    const Delivered delivered = push({"a", "b"});
    EXPECT_EQ(delivered.report.outcome, Outcome::failed);
    EXPECT_EQ(now_, kBegun);
    EXPECT_THAT(delivered.trouble, HasSubstr("busy"));
  }
  EXPECT_THAT(requests(), ElementsAre("a", "a"));
}

TEST_F(Rules, RetriesEndWithThePushAndTheRestIsGivenUp) {
  script_ = std::deque<Reply>(100, retry());
  const Delivered delivered = push({"a", "b"});
  EXPECT_EQ(delivered.report.outcome, Outcome::failed);
  EXPECT_LT(now_, kBegun + 30s);
  EXPECT_GT(now_, kBegun + 25s);
  EXPECT_EQ(delivered.report.requests, attempts_.size());
  EXPECT_EQ(delivered.report.retries + 1, attempts_.size());
  EXPECT_THAT(accepted_, IsEmpty());
}

TEST_F(Rules, ADeadlineIsTheRequestsOwnOrThePushs) {
  takes_ = 8s;
  script_ = std::deque<Reply>(10, retry());
  push({"a"}, 25s);
  EXPECT_THAT(attempts_, ElementsAre(Attempt{"a", 0s, 10s}, Attempt{"a", 9s, 19s},
                                     Attempt{"a", 18500ms, 25s}));
}

TEST_F(Rules, MessagesThatTheTimeIsOverForAreNotBegun) {
  takes_ = 10s;
  const Delivered delivered = push({"a", "b", "c", "d"}, 20s);
  EXPECT_THAT(requests(), ElementsAre("a", "b"));
  EXPECT_EQ(delivered.report.outcome, Outcome::failed);
  EXPECT_EQ(delivered.report.points_accepted, 6U);
  EXPECT_THAT(delivered.trouble, HasSubstr("time"));
}

TEST_F(Rules, WhatIsRefusedIsNeverRetriedAndTheNextMessageGoesOn) {
  script_ = {refused(), accepted()};
  const Delivered delivered = push({"a", "b"});
  EXPECT_THAT(requests(), ElementsAre("a", "b"));
  EXPECT_THAT(accepted_, ElementsAre("b"));
  EXPECT_EQ(delivered.report.outcome, Outcome::refused);
  EXPECT_EQ(delivered.report.retries, 0U);
  EXPECT_EQ(delivered.report.points_accepted, 3U);
  EXPECT_THAT(delivered.trouble, HasSubstr("no such thing"));
}

TEST_F(Rules, ARefusalIsToldThoughTheRestFails) {
  script_ = std::deque<Reply>(100, retry());
  script_.push_front(refused());
  EXPECT_EQ(push({"a", "b"}).report.outcome, Outcome::refused);
}

TEST_F(Rules, APartialSuccessIsNeverRetried) {
  Reply partial = accepted();
  partial.rejected_points = 2;
  partial.message = "too old";
  script_ = {partial, accepted()};
  const Delivered delivered = push({"a", "b"});
  EXPECT_THAT(requests(), ElementsAre("a", "b"));
  EXPECT_THAT(accepted_, ElementsAre("a", "b"));
  EXPECT_EQ(delivered.report.outcome, Outcome::accepted);
  EXPECT_EQ(delivered.report.points_rejected, 2U);
  EXPECT_EQ(delivered.report.points_accepted, 4U);
  EXPECT_THAT(delivered.trouble, HasSubstr("too old"));
}

TEST_F(Rules, NoMorePointsAreRejectedThanWereSent) {
  for (const std::int64_t rejected : {std::int64_t{9}, std::numeric_limits<std::int64_t>::max(),
                                      std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    Reply partial = accepted();
    partial.rejected_points = rejected;
    script_ = {partial};
    const Report report = push({"a"}).report;
    EXPECT_EQ(report.points_rejected, rejected > 0 ? 3U : 0U);
    EXPECT_EQ(report.points_accepted + report.points_rejected, 3U);
  }
}

TEST_F(Rules, AReceiversWarningIsTold) {
  Reply warning = accepted();
  warning.message = "deprecated";
  script_ = {warning};
  EXPECT_THAT(push({"a"}).trouble, HasSubstr("deprecated"));
}

TEST_F(Rules, AStopEndsAWaitAndWhatWouldFollow) {
  script_ = {retry(20s)};
  stop_at_ = kBegun + 3s;
  const Delivered delivered = push({"a", "b"});
  EXPECT_EQ(now_, kBegun + 3s);
  EXPECT_THAT(requests(), ElementsAre("a"));
  EXPECT_EQ(delivered.report.outcome, Outcome::failed);
  EXPECT_THAT(delivered.trouble, IsEmpty());
}

TEST_F(Rules, AStopLetsTheRequestUnderWayEnd) {
  takes_ = 5s;
  stop_at_ = kBegun + 3s;
  const Delivered delivered = push({"a", "b"});
  EXPECT_THAT(requests(), ElementsAre("a"));
  EXPECT_THAT(accepted_, ElementsAre("a"));
  EXPECT_EQ(delivered.report.outcome, Outcome::failed);
}

}  // namespace
}  // namespace shmx::push
