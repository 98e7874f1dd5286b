#include "agent/main/records.h"

#include <gmock/gmock.h>

#include <string>

#include "tests/agent/audit/logs.h"

namespace shmx {
namespace {

using ::testing::HasSubstr;

class RecordsTest : public ::testing::Test {
 protected:
  std::string written() const { return audit::read_file(place_.file(1)); }

  static std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
      ++found;
    }
    return found;
  }

  audit::LogPlace place_;
};

TEST_F(RecordsTest, NameWhoGotWhatAndWhoseItWas) {
  {
    Records records(place_.open(), false, {});
    bool given = false;
    records.given({"scrape", "user:alice", "10.0.0.1:4000", {false, {"bank", "shop"}}, "abc", 12},
                  [&](bool recorded) { given = recorded; });
    EXPECT_TRUE(given) << "at once: it is not required";
    SegmentEvent event;
    event.what = SegmentEvent::What::identity_mismatch;
    event.tenant = "shop";
    event.job = "orders";
    event.reason = "san_dns";
    event.detail = "expected a, presented b";
    records.segment(event);
  }
  EXPECT_THAT(written(),
              HasSubstr(R"("type":"scrape","reader":"user:alice","peer":"10.0.0.1:4000",)"
                        R"("tenants":["bank","shop"],"sha256":"abc","bytes":12)"));
  EXPECT_THAT(written(), HasSubstr(R"("type":"identity_mismatch")"));
  EXPECT_THAT(written(), HasSubstr(R"("tenant":"shop","job":"orders","reason":"san_dns",)"
                                   R"("detail":"expected a, presented b")"));
}

TEST_F(RecordsTest, OfRefusedFilesAreBounded) {
  {
    Records records(place_.open(), false, {});
    SegmentEvent event;
    event.what = SegmentEvent::What::refused;
    event.reason = "fifo";
    for (int i = 0; i < 10'000; ++i) {
      records.segment(event);
    }
    event.what = SegmentEvent::What::admitted;
    records.segment(event);
  }
  EXPECT_EQ(count(written(), "segment_refused"), Records::kMaxRefusedPerMinute);
  EXPECT_EQ(count(written(), "segment_admitted"), 1U) << "and no other is left out for them";
}

TEST_F(RecordsTest, WithoutALogCostNothingAndStopNothing) {
  Records records(nullptr, true, {});
  EXPECT_FALSE(records.on());
  bool given = false;
  records.given({"scrape", "", "", {}, "", 0}, [&](bool recorded) { given = recorded; });
  EXPECT_TRUE(given);
  records.segment({});
}

}  // namespace
}  // namespace shmx
