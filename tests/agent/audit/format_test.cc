// The format is what agent/audit/format.h says it is: a program that shares nothing with the agent
// reads it, and the golden log was made by hashlib and the openssl command.
#include "agent/audit/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/audit/chain.h"
#include "agent/audit/digest.h"
#include "agent/audit/record.h"
#include "tests/agent/audit/logs.h"
#include "tests/tool/program.h"

namespace shmx::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

test::ProgramResult verify_with_openssl(const std::vector<std::string>& files) {
  std::vector<std::string> command = {"/usr/bin/python3", "-B", SHMX_VERIFY_WITH_OPENSSL};
  command.insert(command.end(), files.begin(), files.end());
  return test::run_program(command);
}

// The key of RFC 8032, section 7.1, test 1.
constexpr char kGoldenKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

TEST(AuditFormat, IsTheGoldenOne) {
  LogPlace place;
  write_file(place.options().key_file, kGoldenKey);
  const auto key = SigningKey::read(place.options().key_file);
  ASSERT_TRUE(key) << key.error().message;
  Chain chain({}, key.value());
  std::string text;
  chain.start_file(text, 1'795'741'200'000'000'001);
  chain.append(text, 1'795'741'200'000'000'002, event(1234));
  chain.append(text, 1'795'741'200'000'000'003,
               {"segment_refused", {{"job", "a \"b\"\n\x01/\u00e9"}, {"reason", ""}}});
  chain.checkpoint(text, 1'795'741'200'000'000'004);
  EXPECT_EQ(text, read_file(SHMX_GOLDEN_LOG));
}

TEST(AuditFormat, OfTheGoldenOneIsVerifiedByOthersAndByUs) {
  const auto result = verify_with_openssl({SHMX_GOLDEN_LOG});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "4 records, 2 signatures\n");
  EXPECT_EQ(problem(verify({.paths = {SHMX_GOLDEN_LOG}})), "");
}

TEST(AuditFormat, OfAWholeLifeIsVerifiedByOthers) {
  LogPlace place;
  place.options().checkpoint_every = 10;
  place.options().max_file_bytes = 5'000;
  place.write_events(25);
  {
    const auto log = place.open();
    make_key(place.options().key_file);
    ASSERT_TRUE(log->replace_key());
    ASSERT_TRUE(recorded(*log, event(1)));
  }
  const auto result = verify_with_openssl({place.file(1), place.file(2)});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto ours = place.verify();
  ASSERT_TRUE(ours) << ours.error().message;
  EXPECT_EQ(result.out, std::to_string(ours->chain.records) + " records, " +
                            std::to_string(ours->chain.signatures) + " signatures\n");
}

TEST(AuditFormat, OthersSeeWhatWasChanged) {
  LogPlace place;
  place.write_events(3);
  std::string text = read_file(place.file(1));
  text.replace(text.find("prometheus"), 10, "prometheuz");
  write_file(place.file(1), text);
  const auto result = verify_with_openssl({place.file(1)});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("does not follow the one before"));
}

TEST(AuditRecord, KeepsWhatItIsMadeOf) {
  Record record{7, format_time(1), "scrape", event(-5).fields, sha256("x")};
  auto parsed = parse_record(line_of(record));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->seq, 7U);
  EXPECT_EQ(parsed->time, "1970-01-01T00:00:00.000000001Z");
  EXPECT_EQ(parsed->fields, record.fields);
  EXPECT_EQ(parsed->prev, record.prev);
  EXPECT_EQ(parsed->signature, "");
}

TEST(AuditRecord, OfATimeBeforeTheEpochIsOfThatTime) {
  EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999999Z");
}

TEST(AuditRecord, OfBytesThatAreNoUtf8HasQuestionMarks) {
  const Record record{1, format_time(0), "x", {{"a", "\xff-\xc3"}, {"b", "\u00e9"}}, {}};
  auto parsed = parse_record(line_of(record));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_THAT(parsed->fields, ElementsAre(std::pair<std::string, Value>{"a", "?-?"},
                                          std::pair<std::string, Value>{"b", "\u00e9"}));
}

TEST(AuditRecord, ThatIsTooLongIsWrittenWithoutItsFields) {
  const Record record{1, format_time(0), "x", {{"a", std::string(kMaxLineBytes, 'a')}}, {}};
  auto parsed = parse_record(line_of(record));
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->fields.size(), 1U);
  EXPECT_EQ(parsed->fields[0].first, "left_out_bytes");
  EXPECT_GT(*find_field<std::int64_t>(*parsed, "left_out_bytes"),
            static_cast<std::int64_t>(kMaxLineBytes));
}

TEST(AuditRecord, KeepsItsOwnMembersWhateverFieldsAreCalled) {
  const Record record{3,
                      format_time(0),
                      "x",
                      {{"seq", std::int64_t{9}},
                       {"prev", "p"},
                       {"signature", "s"},
                       {"type", "y"},
                       {"a", true},
                       {"a", false}},
                      {}};
  auto parsed = parse_record(line_of(record));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->seq, 3U);
  EXPECT_EQ(parsed->type, "x");
  EXPECT_THAT(parsed->fields, ElementsAre(std::pair<std::string, Value>{"a", true}));
}

/// What says the same, or nearly, in other bytes.
TEST(AuditRecord, IsRefusedInAnyOtherSpelling) {
  const std::string prev(64, '0');
  const std::string good =
      R"({"seq":1,"time":"2026-11-27T01:00:00.000000000Z","type":"x","a":"b","prev":")" + prev +
      "\"}";
  ASSERT_TRUE(parse_record(good));
  const std::vector<std::pair<std::string, std::string>> changes = {
      {R"("a":"b")", R"("a":"b","a":"c")"},     // duplicate members
      {R"("a":"b")", R"("a":"b", "c":1)"},      // a space
      {R"("a":"b")", R"("a":"\u0062")"},        // another escape
      {R"("a":"b")", R"("a":1.0)"},             // a number that is no integer
      {R"("a":"b")", R"("a":-0)"},              // two zeros
      {R"("a":"b")", R"("a":null)"},            // kinds that there are not
      {R"("a":"b")", R"("a":{"c":1})"},         //
      {R"("a":"b")", R"("a":["c",1])"},         //
      {R"("a":"b")", R"("prev":"b")"},          // a second prev
      {R"("a":"b")", "\"a\":\"\xff\""},         // no UTF-8
      {R"("seq":1)", R"("seq":01)"},            //
      {R"("seq":1)", R"("seq":0)"},             //
      {R"("seq":1)", R"("seq":-1)"},            //
      {R"("seq":1)", R"("seq":"1")"},           //
      {R"("seq":1)", R"("seq":1e0)"},           //
      {R"("seq":1,)", ""},                      //
      {"00.000000000Z", "00Z"},                 // another precision
      {"00.000000000Z", "00.000000000+"},       //
      {"0\"}", "0\"} "},                        // behind it
      {"0\"}", "0\"}\r"},                       //
      {"0\"}", "0\"}{}"},                       //
      {"0\"}", "A\"}"},                         // an upper-case digest
      {"0\"}", "00\"}"},                        // a longer one
      {"0\"}", "0\",\"signature\":\"AAAA\"}"},  //
      {"0\"}", "0\",\"z\":1}"},                 // behind prev
  };
  for (const auto& [from, to] : changes) {
    std::string line = good;
    line.replace(line.find(from), from.size(), to);
    EXPECT_FALSE(parse_record(line)) << line;
  }
}

TEST(AuditDigest, IsSha256InItsSpellings) {
  const Digest digest = sha256("abc");  // FIPS 180-4
  EXPECT_EQ(hex(digest), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(from_hex(hex(digest)), digest);
  EXPECT_EQ(content_digest(digest), "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:");
  EXPECT_EQ(prefix_of(digest), 0xba7816bf8f01cU);
}

TEST(AuditDigest, OfBase64TakesOneSpellingOnly) {
  for (const std::string bytes : {"a", "ab", "abc", "abcd"}) {
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
  }
  for (const std::string text :
       {"", "YQ", "YQ=", " YQ==", "YR==", "YQ==\n", "Y===", "====", "YQ=A"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace shmx::audit
