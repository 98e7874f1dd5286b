// Whoever changes a log without its key is found out; what an anchor or a known key must be there
// for is said here, too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "agent/audit/digest.h"
#include "agent/audit/key.h"
#include "agent/audit/record.h"
#include "tests/agent/audit/logs.h"

namespace shmx::audit {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t kEvents = 12;

/// A log of one file, 12 events, and a checkpoint after every 5.
class Tampering : public ::testing::Test {
 protected:
  Tampering() {
    place_.options().checkpoint_every = 5;
    place_.write_events(kEvents);
    lines_ = lines_of(read_file(place_.file(1)));
  }

  /// What is wrong after the lines have been changed.
  std::string after(const std::function<void(std::vector<std::string>&)>& change,
                    const std::vector<Anchor>& anchors = {}) {
    std::vector<std::string> lines = lines_;
    change(lines);
    std::string text;
    for (const std::string& line : lines) text += line;
    write_file(place_.file(1), text);
    VerifyOptions options = place_.verify_options();
    options.anchors = anchors;
    return problem(verify(options));
  }

  Anchor anchor_of(std::size_t line) const {
    const std::string& text = lines_.at(line);
    return {line + 1, prefix_of(sha256(text.substr(0, text.size() - 1)))};
  }

  LogPlace place_;
  std::vector<std::string> lines_;
};

TEST_F(Tampering, IsNotSeenWhereThereIsNone) {
  EXPECT_EQ(after([](auto&) {}, {anchor_of(0), anchor_of(7), anchor_of(lines_.size() - 1)}), "");
}

TEST_F(Tampering, OfAnyByteIsFound) {
  const std::string whole = read_file(place_.file(1));
  for (std::size_t i = 0; i + 1 < whole.size(); i += 7) {
    std::string changed = whole;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    write_file(place_.file(1), changed);
    EXPECT_THAT(problem(place_.verify()), HasSubstr("audit-000001.jsonl:")) << "byte " << i;
  }
}

TEST_F(Tampering, OfAFieldIsToldWithItsLine) {
  EXPECT_THAT(after([](auto& lines) {
                std::string& line = lines[3];
                line.replace(line.find("prometheus"), 10, "prometheuz");
              }),
              AllOf(HasSubstr("audit-000001.jsonl:5: "), HasSubstr("was changed")));
}

TEST_F(Tampering, WithTheHashesMadeAnewIsFoundByTheSignature) {
  EXPECT_THAT(after([](auto& lines) {
                std::string& line = lines[3];
                line.replace(line.find("prometheus"), 10, "prometheuz");
                for (std::size_t i = 4; i < lines.size(); ++i) {
                  const std::string& before = lines[i - 1];
                  const std::string hash = hex(sha256(before.substr(0, before.size() - 1)));
                  lines[i].replace(lines[i].find("\"prev\":\"") + 8, hash.size(), hash);
                }
              }),
              HasSubstr("the signature is not one of the key"));
}

TEST_F(Tampering, ByDeletingAnyLineIsFound) {
  for (std::size_t i = 0; i + 1 < lines_.size(); ++i) {
    EXPECT_NE(after([&](auto& lines) { lines.erase(lines.begin() + static_cast<long>(i)); }), "")
        << "line " << i + 1;
  }
  EXPECT_THAT(after([](auto& lines) { lines.erase(lines.begin() + 4); }),
              AllOf(HasSubstr(":5: "), HasSubstr("records are missing")));
}

TEST_F(Tampering, ByExchangingAnyTwoLinesIsFound) {
  for (std::size_t i = 0; i + 1 < lines_.size(); ++i) {
    EXPECT_NE(after([&](auto& lines) { std::swap(lines[i], lines[i + 1]); }), "")
        << "line " << i + 1;
  }
}

TEST_F(Tampering, ByRepeatingALineIsFound) {
  EXPECT_THAT(after([](auto& lines) { lines.insert(lines.begin() + 3, lines[3]); }),
              HasSubstr("records are missing, repeated"));
}

TEST_F(Tampering, ByALineOfAnotherLogIsFound) {
  LogPlace other;
  other.options().checkpoint_every = 5;
  other.write_events(kEvents);
  const auto others = lines_of(read_file(other.file(1)));
  for (std::size_t i = 0; i + 1 < lines_.size(); ++i) {
    EXPECT_NE(after([&](auto& lines) { lines[i] = others[i]; }), "") << "line " << i + 1;
  }
}

TEST_F(Tampering, ByAnotherLogsEndIsFound) {
  LogPlace other;
  other.options().checkpoint_every = 5;
  other.write_events(kEvents);
  const auto others = lines_of(read_file(other.file(1)));
  EXPECT_THAT(
      after([&](auto& lines) { std::copy(others.begin() + 6, others.end(), lines.begin() + 6); }),
      AllOf(HasSubstr(":7: "), HasSubstr("prev is not")));
}

TEST_F(Tampering, ByCuttingTheTailIsFoundByAnAnchorAlone) {
  const auto cut = [](auto& lines) { lines.resize(8); };
  EXPECT_EQ(after(cut), "");
  EXPECT_EQ(after(cut, {anchor_of(7)}), "");
  EXPECT_THAT(after(cut, {anchor_of(9)}),
              AllOf(HasSubstr("ends with record 8"), HasSubstr("anchor 10"), HasSubstr("cut off")));
}

TEST_F(Tampering, ByCuttingTheTailToACheckpointIsFoundByAnAnchorAlone) {
  const auto cut = [](auto& lines) { lines.resize(7); };
  EXPECT_EQ(after(cut), "");
  EXPECT_EQ(place_.verify()->chain.last.unsigned_records, 0U) << "it was to end with a checkpoint";
  EXPECT_THAT(after(cut, {anchor_of(10)}), HasSubstr("its end was cut off"));
}

TEST_F(Tampering, ByCuttingALineInTwoIsATornLineAndFoundByAnAnchor) {
  const auto cut = [](auto& lines) {
    lines.resize(8);
    lines.back().resize(lines.back().size() / 2);
  };
  EXPECT_EQ(after(cut), "");
  EXPECT_GT(place_.verify()->torn_bytes, 0U);
  EXPECT_THAT(after(cut, {anchor_of(7)}), HasSubstr("its end was cut off"));
}

TEST_F(Tampering, ByAnEmptyFileIsFound) {
  EXPECT_THAT(after([](auto& lines) { lines.clear(); }), HasSubstr("no record"));
}

/// A log as whole as the first, of who has another key: that is why verifiers know the key.
TEST_F(Tampering, BySigningAllWithAnotherKeyIsFoundByWhoKnowsTheKeyOrAnAnchor) {
  const std::string known = key_id_of(place_.options().key_file);
  LogPlace forged;
  forged.options().checkpoint_every = 5;
  forged.write_events(kEvents);
  const auto lines = lines_of(read_file(forged.file(1)));
  EXPECT_EQ(after([&](auto& all) { all = lines; }), "");
  EXPECT_THAT(after([&](auto& all) { all = lines; }, {anchor_of(9)}), HasSubstr("was rewritten"));
  VerifyOptions options = place_.verify_options();
  options.trusted_key_ids = {known};
  EXPECT_THAT(problem(verify(options)), AllOf(HasSubstr(":1: "), HasSubstr("none of those that")));
}

TEST_F(Tampering, ByACheckpointOfAnotherKeyIsFound) {
  LogPlace other;
  const auto foreign = SigningKey::read(other.options().key_file);
  ASSERT_TRUE(foreign);
  EXPECT_THAT(after([&](auto& lines) {
                std::string& last = lines.back();
                last.replace(last.find("\"key_id\":\"") + 10, 32,
                             foreign.value().public_key().id());
                const std::string line =
                    without_signature(std::string_view(last).substr(0, last.size() - 1));
                last = signed_line(line, foreign.value().sign(line)) + "\n";
              }),
              HasSubstr("has not endorsed"));
}

TEST_F(Tampering, ByTakingASignatureAwayIsFound) {
  EXPECT_THAT(after([](auto& lines) {
                std::string& last = lines.back();
                last = without_signature(std::string_view(last).substr(0, last.size() - 1)) + "\n";
              }),
              HasSubstr("without a signature"));
}

TEST_F(Tampering, ByRenamingARecordIsFound) {
  EXPECT_THAT(after([](auto& lines) {
                std::string& last = lines.back();
                last.replace(last.find("checkpoint"), 10, "checkpoinx");
              }),
              HasSubstr("does not have"));
}

TEST_F(Tampering, WithAnAnchorThatIsNotOfThisLogIsFound) {
  EXPECT_THAT(after([](auto&) {}, {{3, 12345}}),
              HasSubstr("record 3 is not the one of the anchor"));
}

/// A log of several files.
class TamperingWithFiles : public ::testing::Test {
 protected:
  TamperingWithFiles() {
    place_.options().max_file_bytes = 2'000;
    place_.write_events(30);
    names_ = place_.file_names();
  }

  std::string file(std::uint64_t number) const { return place_.file(number); }

  LogPlace place_;
  std::vector<std::string> names_;
};

TEST_F(TamperingWithFiles, IsNotSeenWhereThereIsNone) {
  ASSERT_GE(names_.size(), 4U);
  const auto verified = place_.verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified.value().files, names_.size());
  EXPECT_EQ(problem(verify({.paths = {file(2), file(3)}})), "") << "files alone are links, too";
}

TEST_F(TamperingWithFiles, ByRemovingTheMiddleOneIsFound) {
  std::filesystem::remove(file(2));
  EXPECT_THAT(problem(place_.verify()),
              AllOf(HasSubstr("audit-000003.jsonl:1: "), HasSubstr("records are missing")));
}

TEST_F(TamperingWithFiles, ByRemovingTheFirstIsFound) {
  std::filesystem::remove(file(1));
  EXPECT_THAT(problem(place_.verify()),
              AllOf(HasSubstr("audit-000002.jsonl:1: "), HasSubstr("files are missing")));
}

TEST_F(TamperingWithFiles, ByRemovingTheLastIsFoundByAnAnchorAlone) {
  const std::uint64_t end = place_.verify()->chain.last.seq;
  std::filesystem::remove(file(names_.size()));
  EXPECT_EQ(problem(place_.verify()), "");
  VerifyOptions options = place_.verify_options();
  options.anchors = {{end, 0}};
  EXPECT_THAT(problem(verify(options)), HasSubstr("its end was cut off"));
}

TEST_F(TamperingWithFiles, ByExchangingTwoIsFound) {
  std::filesystem::rename(file(2), file(90));
  std::filesystem::rename(file(3), file(2));
  std::filesystem::rename(file(90), file(3));
  EXPECT_THAT(problem(place_.verify()), HasSubstr("audit-000002.jsonl:1: "));
}

TEST_F(TamperingWithFiles, ByRepeatingOneIsFound) {
  std::filesystem::copy(file(2), file(names_.size() + 1));
  EXPECT_THAT(problem(place_.verify()), HasSubstr("repeated or in another order"));
}

TEST_F(TamperingWithFiles, ByOneOfAnotherLogIsFound) {
  LogPlace other;
  other.options().max_file_bytes = 2'000;
  other.write_events(30);
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}}) {
    const std::string own = read_file(file(number));
    write_file(file(number), read_file(other.file(number)));
    EXPECT_NE(problem(place_.verify()), "") << file(number);
    write_file(file(number), own);
  }
}

TEST_F(TamperingWithFiles, ByJoiningTwoIsFound) {
  write_file(file(1), read_file(file(1)) + read_file(file(2)));
  std::filesystem::remove(file(2));
  EXPECT_THAT(problem(place_.verify()), HasSubstr("belongs at the beginning of a file"));
}

TEST_F(TamperingWithFiles, ByCuttingOneThatIsNotTheLastIsFound) {
  std::filesystem::resize_file(file(2), std::filesystem::file_size(file(2)) - 5);
  EXPECT_THAT(problem(place_.verify()),
              AllOf(HasSubstr("audit-000002.jsonl: "), HasSubstr("middle of a record")));
}

TEST_F(TamperingWithFiles, InTheLastFileKeepsTheAgentFromGoingOn) {
  std::string text = read_file(file(names_.size()));
  text.replace(text.find("checkpoint"), 10, "checkpoinx");
  write_file(file(names_.size()), text);
  const auto opened = place_.try_open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message,
              AllOf(HasSubstr(names_.back() + ":"), HasSubstr("shmtool audit verify")));
}

}  // namespace
}  // namespace shmx::audit
