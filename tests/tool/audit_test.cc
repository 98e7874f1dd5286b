// shmtool audit verify, as an auditor uses it.
#include "agent/tool/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "agent/audit/digest.h"
#include "tests/agent/audit/logs.h"
#include "tests/tool/program.h"

namespace shmx::tool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

test::ProgramResult verify(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {SHMX_SHMTOOL, "audit", "verify"});
  return test::run_program(arguments);
}

/// A log of two lives and several files, and its public key.
class AuditVerify : public ::testing::Test {
 protected:
  AuditVerify() {
    place_.options().max_file_bytes = 4'000;
    place_.write_events(20);
    public_key_ = place_.options().key_file + ".pub";
    audit::write_file(public_key_, audit::public_pem(place_.options().key_file));
    const audit::Verified chain = place_.verify()->chain;
    head_ = {chain.last.seq, audit::prefix_of(chain.last.hash)};
  }

  std::string directory() const { return place_.directory(); }

  audit::LogPlace place_;
  std::string public_key_;
  audit::Anchor head_;
};

TEST_F(AuditVerify, SaysWhatItVerified) {
  const auto result = verify({directory(), "--key", public_key_});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("records, 1 to " + std::to_string(head_.seq) + ", from 2025-11-27T"),
                    HasSubstr("in " + std::to_string(place_.file_names().size()) + " files"),
                    HasSubstr("by the key " + audit::key_id_of(place_.options().key_file) + "\n"),
                    HasSubstr("unsigned at the end: 0 records"),
                    HasSubstr("head: " + std::to_string(head_.seq) + ":")));
}

TEST_F(AuditVerify, WithoutAKeySaysThatItTrustedTheLog) {
  const auto result = verify({directory()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("was taken from the log itself"));
}

TEST_F(AuditVerify, TakesTheIdOfAKey) {
  EXPECT_EQ(
      verify({"--key-id", audit::key_id_of(place_.options().key_file), directory()}).exit_code, 0);
  const auto result = verify({"--key-id", std::string(32, '0'), directory()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("none of those that are trusted"));
}

TEST_F(AuditVerify, TakesFilesInTheirOrder) {
  EXPECT_EQ(verify({place_.file(1), place_.file(2), "--key", public_key_}).exit_code, 0);
  EXPECT_EQ(verify({"--key", public_key_, place_.file(2), place_.file(1)}).exit_code, 1);
  EXPECT_THAT(verify({place_.file(2)}).out, HasSubstr("earlier files were not given"));
}

TEST_F(AuditVerify, ComparesAnchorsInBothSpellings) {
  const std::string seq = std::to_string(head_.seq);
  const auto head = verify({directory()}).out;
  const std::string hex = head.substr(head.rfind(':') + 1, 13);
  const auto result = verify({directory(), "--anchor", seq + ":" + hex, "--anchor",
                              seq + "=" + std::to_string(head_.prefix)});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("anchor " + seq + ":" + hex + ": matches\nanchor"));
}

TEST_F(AuditVerify, FindsACutTailByAnAnchor) {
  std::filesystem::remove(place_.file(place_.file_names().size()));
  EXPECT_EQ(verify({directory(), "--key", public_key_}).exit_code, 0);
  const auto result = verify({directory(), "--key", public_key_, "--anchor",
                              std::to_string(head_.seq) + "=" + std::to_string(head_.prefix)});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("cut off"));
}

TEST_F(AuditVerify, TellsTheFileAndTheLineThatWasChanged) {
  std::string text = audit::read_file(place_.file(2));
  text.replace(text.find("prometheus"), 10, "prometheuz");
  audit::write_file(place_.file(2), text);
  const auto result = verify({directory()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("shmtool: " + place_.file(2) + ":3: "));
}

TEST_F(AuditVerify, ShowsWhatATamperedLineSaysWithoutItsControlCharacters) {
  std::string text = audit::read_file(place_.file(2));
  const std::string type = "\"type\":\"";
  const std::size_t at = text.find(type);
  ASSERT_NE(at, std::string::npos);
  text.insert(at + type.size(), R"(\r\u001b[2Kverified: 9 records\n)");
  audit::write_file(place_.file(2), text);
  const auto result = verify({directory()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(std::ranges::none_of(result.err, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n';
  })) << result.err;
  EXPECT_THAT(result.err, Not(HasSubstr("\nverified")));
}

TEST_F(AuditVerify, SaysThatOldFilesWereRemoved) {
  place_.options().max_total_bytes = 12'000;
  place_.write_events(20);
  const auto result = verify({directory()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("removed by the log itself"));
  EXPECT_THAT(verify({directory(), "--anchor", "1=5"}).out, HasSubstr("not checked"));
}

TEST_F(AuditVerify, ReadsWhileTheAgentWrites) {
  const auto log = place_.open();
  ASSERT_TRUE(audit::recorded(*log, audit::event(1)));
  const auto result = verify({directory()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("unsigned at the end: 1 record\n"));
}

TEST_F(AuditVerify, RefusesWhatIsNoKeyOrNoLog) {
  EXPECT_THAT(verify({directory(), "--key", place_.options().key_file}).err,
              AllOf(HasSubstr("-pubout -out PUBLIC.pem"),
                    Not(HasSubstr("-out " + place_.options().key_file))));
  EXPECT_THAT(verify({place_.options().key_file + ".none"}).err, HasSubstr("No such file"));
  const std::string empty = directory() + "/empty";
  std::filesystem::create_directory(empty);
  const auto result = verify({empty});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("holds no audit log"), Not(HasSubstr("terminate"))));
}

TEST_F(AuditVerify, SaysOfWhatIsNoLogWhatWasExpectedAndNotThatItWasChanged) {
  const std::string empty = place_.options().key_file + ".d";
  std::filesystem::create_directory(empty);
  for (const auto& paths : {std::vector{empty}, std::vector{directory(), directory()}}) {
    const auto result = verify(paths);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err,
                AllOf(HasSubstr("Expected the one directory"), Not(HasSubstr("Keep the files"))));
  }
}

TEST(AuditAnchor, HasTwoSpellings) {
  const auto hex = parse_anchor("7:0123456789abc");
  ASSERT_TRUE(hex);
  EXPECT_EQ(hex.value().seq, 7U);
  EXPECT_EQ(hex.value().prefix, 0x0123456789abcU);
  EXPECT_EQ(parse_anchor("7:0x0123456789abc")->prefix, 0x0123456789abcU);
  EXPECT_EQ(parse_anchor("7=1234567890123")->prefix, 1'234'567'890'123U);
  EXPECT_EQ(parse_anchor("1.2e+06=5.02185658836928e+14")->prefix, 502'185'658'836'928U);
  EXPECT_EQ(parse_anchor("1.2e+06=5.02185658836928e+14")->seq, 1'200'000U);
  for (const std::string wrong :
       {"", "7", "7:", "7=", ":0123456789abc", "0:0123456789abc", "7:123", "7:0123456789abcd",
        "7:0123456789abg", "7=0123456789abc", "7=4503599627370496", "7= 1", "-7=1", "7=1 ", "7=1.5",
        "7=inf", "7=nan", "18446744073709551616=1"}) {
    EXPECT_FALSE(parse_anchor(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace shmx::tool
