// What servers write into X-Prometheus-Scrape-Timeout-Seconds, and what others may.
#include "agent/main/scrape_timeout.h"

#include <gtest/gtest.h>

namespace shmx {
namespace {

using std::chrono::milliseconds;

struct Case {
  const char* header;
  milliseconds timeout;
};

class ScrapeTimeout : public ::testing::TestWithParam<Case> {};

TEST_P(ScrapeTimeout, IsTheServersLessTheWayBack) {
  EXPECT_EQ(scrape_timeout(GetParam().header), GetParam().timeout) << GetParam().header;
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ScrapeTimeout,
    ::testing::Values(Case{"10", milliseconds(9'500)}, Case{"9.5", milliseconds(9'000)},
                      Case{"5.000000", milliseconds(4'500)}, Case{"1", milliseconds(900)},
                      Case{"0.5", milliseconds(450)}, Case{"0.0001", milliseconds(0)},
                      Case{"120", milliseconds(119'500)}, Case{"121", milliseconds(119'500)},
                      Case{"1e300", milliseconds(119'500)}));

INSTANTIATE_TEST_SUITE_P(Ignored, ScrapeTimeout,
                         ::testing::Values(Case{"", kLongestScrape}, Case{"0", kLongestScrape},
                                           Case{"-1", kLongestScrape}, Case{"NaN", kLongestScrape},
                                           Case{"inf", kLongestScrape},
                                           Case{"1e400", kLongestScrape},
                                           Case{"ten", kLongestScrape}, Case{"10s", kLongestScrape},
                                           Case{"10 ", kLongestScrape}, Case{"+10", kLongestScrape},
                                           Case{"1,5", kLongestScrape},
                                           Case{"0x10", kLongestScrape}));

}  // namespace
}  // namespace shmx
