// How long is waited before a retry.
#include "agent/push/backoff.h"

#include <gtest/gtest.h>

#include <vector>

#include "agent/push/schedule.h"

namespace shmx::push {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::vector<milliseconds> waits(double jitter) {
  const std::function<double()> random = [jitter] { return jitter; };
  Backoff backoff(random);
  std::vector<milliseconds> all(6);
  for (milliseconds& wait : all) {
    wait = backoff.next();
  }
  return all;
}

TEST(Backoff, GrowsByHalfUpToItsLongest) {
  EXPECT_EQ(waits(1), (std::vector<milliseconds>{1000ms, 1500ms, 2250ms, 3375ms, 5000ms, 5000ms}));
}

TEST(Backoff, IsSpreadOverItsWholeLengthButNeverNothing) {
  EXPECT_EQ(waits(0), std::vector<milliseconds>(6, 100ms));
  EXPECT_EQ(waits(0.5).front(), 550ms);
}

TEST(Backoff, IsBoundedWhateverTheRandomSourceSays) {
  EXPECT_EQ(waits(-7).back(), 100ms);
  EXPECT_EQ(waits(7).back(), 5000ms);
}

TEST(Schedule, IsSteadyAndSkipsWhatWasMissed) {
  const std::chrono::steady_clock::time_point tick{};
  EXPECT_EQ(next_tick(tick, 60s, tick), tick + 60s);
  EXPECT_EQ(next_tick(tick, 60s, tick + 1s), tick + 60s);
  EXPECT_EQ(next_tick(tick, 60s, tick + 60s), tick + 120s);
  EXPECT_EQ(next_tick(tick, 60s, tick + 200s), tick + 240s);
}

}  // namespace
}  // namespace shmx::push
