// How much of the time strangers can take.
#include "agent/scan/pace.h"

#include <gtest/gtest.h>

namespace shmx::scan {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Pace, WorkTakesATenthOfTheTime) {
  Pace pace;
  Instant now{seconds(100)};
  EXPECT_TRUE(pace.is_due(now));
  pace.worked(now, now + milliseconds(10));
  EXPECT_FALSE(pace.is_due(now + milliseconds(99)));
  EXPECT_TRUE(pace.is_due(now + milliseconds(100)));
}

TEST(EventMeter, SomeEventsAreNoFloodHoweverLongTheyGoOn) {
  EventMeter meter;
  Instant now{seconds(100)};
  for (int i = 0; i < 100; ++i, now += EventMeter::kWindow) {
    EXPECT_FALSE(meter.is_flood(EventMeter::kMaxEventsPerWindow, now));
  }
  EXPECT_FALSE(meter.resting(now));
}

TEST(EventMeter, TooManyAtOnceAreAndThenItRests) {
  EventMeter meter;
  const Instant now{seconds(100)};
  EXPECT_FALSE(meter.is_flood(EventMeter::kMaxEventsPerWindow, now));
  EXPECT_TRUE(meter.is_flood(1, now + milliseconds(1)));
  EXPECT_TRUE(meter.resting(now + seconds(1)));
  EXPECT_FALSE(meter.resting(now + milliseconds(1) + EventMeter::kRest));
}

}  // namespace
}  // namespace shmx::scan
