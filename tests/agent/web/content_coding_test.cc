// What clients write into Accept-Encoding, and what they then get.
#include "agent/web/content_coding.h"

#include <gtest/gtest.h>

namespace shmx::web {
namespace {

struct Case {
  const char* accept_encoding;
  bool gzip;
  bool identity = true;
};

class ContentCoding : public ::testing::TestWithParam<Case> {};

TEST_P(ContentCoding, IsWhatTheClientTakes) {
  const auto codings = accepted_codings(GetParam().accept_encoding);
  EXPECT_EQ(codings.gzip, GetParam().gzip) << GetParam().accept_encoding;
  EXPECT_EQ(codings.identity, GetParam().identity) << GetParam().accept_encoding;
}

INSTANTIATE_TEST_SUITE_P(Clients, ContentCoding,
                         ::testing::Values(Case{"", false}, Case{"gzip", true},    // Prometheus
                                           Case{"deflate, gzip, br, zstd", true},  // curl, browsers
                                           Case{"deflate", false}, Case{"identity", false}));

INSTANTIATE_TEST_SUITE_P(Names, ContentCoding,
                         ::testing::Values(Case{"GZip", true}, Case{"x-gzip", true},
                                           Case{"X-GZIP;q=0.1", true}, Case{"gzipped", false},
                                           Case{"xgzip", false}, Case{"*", true}));

INSTANTIATE_TEST_SUITE_P(
    Weights, ContentCoding,
    ::testing::Values(
        Case{"gzip;q=0", false}, Case{"gzip;q=0.0", false}, Case{"gzip;q=0.000", false},
        Case{"gzip;q=0.001", true}, Case{"gzip;q=1.000", true}, Case{"gzip ; Q=0.5", true},
        Case{"gzip;q=0, *", false}, Case{"*;q=0", false, false}, Case{"gzip, *;q=0", true, false},
        Case{"identity;q=0", false, false}, Case{"identity;q=0, gzip", true, false},
        Case{"identity;q=0.5, *;q=0", false, true}, Case{"gzip;q=0.5, identity", false},
        Case{"gzip;q=0.5, identity;q=0.5", true}, Case{"gzip;q=0.5, identity;q=0.4", true},
        Case{"*;q=0.3, identity;q=0.4", false}, Case{"gzip;q=0.1;q=0", true},
        Case{"gzip;level=9;q=0", false}, Case{"gzip, gzip;q=0", true},
        Case{"gzip;q=0, gzip", false}));

INSTANTIATE_TEST_SUITE_P(Malformed, ContentCoding,
                         ::testing::Values(Case{"gzip;q=", false}, Case{"gzip;q=2", false},
                                           Case{"gzip;q=1.5", false}, Case{"gzip;q=-1", false},
                                           Case{"gzip;q=0.0001", false}, Case{"gzip;q=.5", false},
                                           Case{"gzip;q=1e0", false}, Case{"gzip;q=NaN", false},
                                           Case{"gzip;q=0,5", false}, Case{"gzip;;", true},
                                           Case{",,, gzip ,", true}, Case{"gzip;q=x, *", true},
                                           Case{";q=1", false}, Case{"\tgzip\t", true},
                                           Case{"gzip\x01", false}, Case{"*;q=x", false}));

}  // namespace
}  // namespace shmx::web
