// When there is a beat, and when there is none.
#include "agent/main/pulse.h"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace shmx {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PulseOfALoop : public ::testing::Test {
 protected:
  /// The collector comes round.
  void answer(const std::string& status) {
    auto given = std::exchange(asked, std::nullopt);
    ASSERT_TRUE(given.has_value());
    (*given)(status);
  }

  boost::asio::io_context loop;
  std::optional<Pulse::Answer> asked;
  std::vector<std::string> beats;
  std::chrono::milliseconds until_next{0};
  Pulse pulse{loop, [this](Pulse::Answer answer) { asked = std::move(answer); },
              [this](const std::string& status) {
                beats.push_back(status);
                return until_next;
              }};
};

TEST_F(PulseOfALoop, BeatsWhenTheCollectorHasAnsweredAndTheLoopGoesOn) {
  pulse.start();
  answer("one");
  EXPECT_THAT(beats, IsEmpty());  // The loop has not run.
  loop.run_one();
  EXPECT_THAT(beats, ElementsAre("one"));
}

TEST_F(PulseOfALoop, DoesNotBeatWhileTheCollectorHangs) {
  pulse.start();
  loop.poll();
  EXPECT_TRUE(asked.has_value());
  EXPECT_THAT(beats, IsEmpty());
}

TEST_F(PulseOfALoop, AsksAgainAfterTheTimeThatABeatSays) {
  pulse.start();
  answer("one");
  loop.run();  // until nothing is left to be waited for: it has asked
  answer("two");
  loop.restart();
  loop.run();
  EXPECT_THAT(beats, ElementsAre("one", "two"));
}

TEST_F(PulseOfALoop, DoesNotAskBeforeThatTime) {
  until_next = std::chrono::hours(1);
  pulse.start();
  answer("one");
  loop.poll();
  EXPECT_FALSE(asked.has_value());
}

TEST_F(PulseOfALoop, NeitherBeatsNorAsksOnceItIsStopped) {
  pulse.start();
  answer("one");
  pulse.stop();
  loop.run();
  EXPECT_THAT(beats, IsEmpty());
  EXPECT_FALSE(asked.has_value());
}

}  // namespace
}  // namespace shmx
