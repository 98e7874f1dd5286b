// What an admitted segment says, and what of it is left out.
#include "agent/read/segment.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"

namespace shmx::read {
namespace {

class Reading : public ::testing::Test {
 protected:
  void open() {
    fd_ = UniqueFd(::open(writer_.run("path").c_str(), O_RDONLY | O_CLOEXEC));
    auto segment = Segment::open(fd_, layout::kMaxSegmentBytes);
    ASSERT_TRUE(segment.ok()) << segment.error().detail;
    segment_.emplace(std::move(segment).value());
  }
  Additions read() {
    const auto result = segment_->read(fd_);
    EXPECT_TRUE(result.ok());
    return segment_->take_additions();
  }

  testing::TemporaryDirectory directory_;
  testing::WriterProcess writer_{directory_.path(), "shop"};
  UniqueFd fd_;
  std::optional<Segment> segment_;
};

TEST_F(Reading, TheProcessAndItsSeriesAreThere) {
  writer_.run("counter a a_total kind=x");
  writer_.run("add a 3");
  open();
  EXPECT_EQ(segment_->claims().service, "shop");
  EXPECT_EQ(std::to_string(segment_->claims().pid), writer_.run("pid"));
  const Additions additions = read();
  ASSERT_EQ(additions.series.size(), 2U);  // and its family's overflow series
  EXPECT_TRUE(additions.series[0].overflow);
  EXPECT_EQ(additions.series[1].labels, (Labels{{"kind", "x"}}));
  EXPECT_EQ(segment_->cells()[additions.series[1].first_cell], 3U);
}

TEST_F(Reading, TheCertificatesThatItPresentsAreThereAndAnotherObjectWhenTheyAreOthers) {
  const testing::TemporaryDirectory files;
  const std::string file = files.file("chain.pem");
  const auto certificate = [](const std::string& body) {
    return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
  };
  files.write("chain.pem", certificate("MIIA"));
  writer_.run("certificates " + file);
  writer_.run("publish");
  open();
  EXPECT_EQ(segment_->certificates(), nullptr) << "not read yet";
  read();
  const auto first = segment_->certificates();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(*first, certificate("MIIA"));
  writer_.run("republish");
  read();
  EXPECT_EQ(segment_->certificates(), first);
  files.write("chain.pem", certificate("MIIB"));
  writer_.run("republish");
  read();
  EXPECT_NE(segment_->certificates(), first);
  EXPECT_EQ(*segment_->certificates(), certificate("MIIB"));
  EXPECT_FALSE(segment_->has_additions());
}

TEST_F(Reading, OnlyWhatIsNewIsAnAddition) {
  writer_.run("counter a a_total");
  writer_.run("add a 1");
  open();
  EXPECT_FALSE(read().empty());
  writer_.run("add a 1");
  EXPECT_TRUE(read().empty());
  writer_.run("counter b b_total");
  const Additions additions = read();
  ASSERT_EQ(additions.series.size(), 2U);
  EXPECT_EQ(additions.families[additions.series[1].family].name, "b_total");
}

TEST_F(Reading, ReservedFamiliesAndLabelsAreLeftOutWithAReason) {
  writer_.run("gauge up up mode=sum");
  writer_.run("counter a a_total label:job=bank");
  writer_.run("counter b a_total kind=x");
  writer_.run("publish");
  open();
  const Additions additions = read();
  ASSERT_EQ(additions.omissions.size(), 2U);
  EXPECT_EQ(additions.omissions[0].reason, Omission::Reason::reserved_family);
  EXPECT_EQ(additions.omissions[0].name, "up");
  EXPECT_EQ(additions.omissions[1].reason, Omission::Reason::reserved_label);
  EXPECT_EQ(additions.omissions[1].name, "job");
  for (const SeriesDescriptor& series : additions.series) {
    EXPECT_EQ(additions.families[series.family].name, "a_total");
  }
}

TEST_F(Reading, WhatTheShimLostIsTold) {
  writer_.run("counter a a_total");
  writer_.run("add a 1");
  writer_.run("fraction a -1");
  open();
  read();
  EXPECT_EQ(segment_->losses()[static_cast<std::size_t>(layout::Loss::values_refused)], 1U);
}

}  // namespace
}  // namespace shmx::read
