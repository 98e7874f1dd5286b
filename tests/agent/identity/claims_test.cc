// What the claims of a rightly signed token must say.
#include "agent/identity/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "tests/agent/identity/judged.h"
#include "tests/agent/identity/signer.h"

namespace shmx::identity {
namespace {

using ::testing::HasSubstr;
using testing::key_set;
using testing::kNow;
using testing::Signer;

class ClaimsTest : public ::testing::Test {
 protected:
  std::string told(const std::string& payload, std::chrono::seconds skew = std::chrono::seconds(60),
                   std::int64_t now = kNow) const {
    const std::vector<Issuer> issuers{
        {"https://idp.example", "shm-exporter", "/dev/null", {}, skew}};
    const auto token = signer_.token("ES256", R"({"alg":"ES256","kid":"k"})", payload);
    const auto result = verify_token(token, issuers, {{"https://idp.example", keys_}}, now);
    if (const auto* const problem = std::get_if<TokenProblem>(&result)) {
      return problem->reason + ": " + problem->detail;
    }
    return std::holds_alternative<Claims>(result) ? "accepted" : "unknown key";
  }

  std::string judged(const std::string& payload) const {
    const auto text = told(payload);
    return text.substr(0, text.find(':'));
  }

  static std::string with(const std::string& members) {
    return R"({"iss":"https://idp.example","aud":"shm-exporter",)" + members + "}";
  }

  static std::string expiring(std::int64_t at) { return with("\"exp\":" + std::to_string(at)); }

  static std::string current(const std::string& members) {
    return with("\"exp\":" + std::to_string(kNow + 300) + "," + members);
  }

 private:
  const Signer signer_ = Signer::ec("P-256");
  const KeySet keys_ = KeySet::parse(key_set({signer_.jwk(R"("kid":"k")")})).value();
};

TEST_F(ClaimsTest, NameTheIssuerExactly) {
  for (const std::string iss :
       {"\"https://idp.example/\"", "\"https://IDP.example\"", "\"http://idp.example\"",
        "\"https://idp.example.attacker\"", "\"idp.example\"", "\"\"", "null", "1",
        R"(["https://idp.example"])", R"({"https://idp.example":1})"}) {
    EXPECT_EQ(judged("{\"iss\":" + iss + R"(,"aud":"shm-exporter","exp":9999999999})"),
              "token_issuer")
        << iss;
  }
  EXPECT_EQ(judged(R"({"aud":"shm-exporter","exp":9999999999})"), "token_issuer");
  EXPECT_THAT(told(R"({"iss":"https://evil","aud":"shm-exporter","exp":9999999999})"),
              HasSubstr("\"https://evil\""));
}

TEST_F(ClaimsTest, NameTheAudience) {
  const auto for_whom = [&](const std::string& aud) {
    return judged(R"({"iss":"https://idp.example","exp":9999999999,"aud":)" + aud + "}");
  };
  EXPECT_EQ(for_whom(R"("shm-exporter")"), "accepted");
  EXPECT_EQ(for_whom(R"(["shm-exporter"])"), "accepted");
  EXPECT_EQ(for_whom(R"(["another","shm-exporter"])"), "accepted");
  for (const std::string aud :
       {R"("another")", R"("shm-exporter ")", R"("SHM-EXPORTER")", R"("shm-exporter,another")",
        R"("")", "[]", "null", "1", "true", "{}", R"({"shm-exporter":1})", R"([["shm-exporter"]])",
        R"(["shm-exporter",1])", R"(["shm-exporter",null])"}) {
    EXPECT_EQ(for_whom(aud), "token_audience") << aud;
  }
  EXPECT_EQ(judged(R"({"iss":"https://idp.example","exp":9999999999})"), "token_audience");
  EXPECT_THAT(told(R"({"iss":"https://idp.example","exp":9999999999,"aud":["a","b"]})"),
              HasSubstr(R"(it is for "a", "b", expected "shm-exporter")"));
}

TEST_F(ClaimsTest, ExpireAtTheSecondAfterTheSkew) {
  EXPECT_EQ(judged(expiring(kNow + 1)), "accepted");
  EXPECT_EQ(judged(expiring(kNow - 59)), "accepted");
  EXPECT_EQ(judged(expiring(kNow - 60)), "token_expired");
  EXPECT_EQ(judged(expiring(kNow - 61)), "token_expired");
  EXPECT_THAT(told(expiring(kNow - 75)), HasSubstr("75 s (clocks may differ by 60 s) ago"));
  const auto at = [&](std::int64_t exp, std::int64_t skew) {
    return told(expiring(exp), std::chrono::seconds(skew)).substr(0, 13);
  };
  EXPECT_EQ(at(kNow + 1, 0), "accepted");
  EXPECT_EQ(at(kNow, 0), "token_expired");
  EXPECT_EQ(at(kNow - 299, 300), "accepted");
  EXPECT_EQ(at(kNow - 300, 300), "token_expired");
}

TEST_F(ClaimsTest, AreGivenNoMoreSkewThanFiveMinutesAndNoLessThanNone) {
  const auto at = [&](std::int64_t exp, std::int64_t skew) {
    return told(expiring(exp), std::chrono::seconds(skew)).substr(0, 13);
  };
  EXPECT_EQ(at(kNow - 300, 86400), "token_expired");
  EXPECT_EQ(at(kNow - 300, std::numeric_limits<std::int64_t>::max()), "token_expired");
  EXPECT_EQ(at(kNow + 1, -86400), "accepted");
  EXPECT_EQ(at(kNow + 1, std::numeric_limits<std::int64_t>::min()), "accepted");
}

TEST_F(ClaimsTest, SayWhenTheyExpireInWholeSeconds) {
  EXPECT_THAT(told(with(R"("sub":"x")")), HasSubstr("token_malformed: it never expires"));
  for (const std::string exp :
       {"\"9999999999\"", "null", "true", "[9999999999]", "{}", "-1", "-9999999999",
        "9223372036854775807", "253402300800", "1e300", "1e10", "9999999999.5", "-0.0", "\"NaN\"",
        "\"Infinity\"", "\"\""}) {
    EXPECT_EQ(judged(with("\"exp\":" + exp)), "token_malformed") << exp;
  }
  for (const std::string exp : {"NaN", "Infinity", "-Infinity", "9223372036854775808", "1e400",
                                "0x7fffffff", "+9999999999", "09999999999"}) {
    EXPECT_EQ(judged(with("\"exp\":" + exp)), "token_malformed") << exp;
  }
  EXPECT_EQ(judged(with(R"("exp":253402300799)")), "accepted");
  EXPECT_EQ(judged(with(R"("exp":0)")), "token_expired");
}

TEST_F(ClaimsTest, AreNotUsedBeforeTheirTime) {
  for (const std::string name : {"\"nbf\":", "\"iat\":"}) {
    const auto from = [&](std::int64_t at) { return judged(current(name + std::to_string(at))); };
    EXPECT_EQ(from(0), "accepted");
    EXPECT_EQ(from(kNow), "accepted");
    EXPECT_EQ(from(kNow + 60), "accepted");
    EXPECT_EQ(from(kNow + 61), "token_not_yet_valid");
    EXPECT_EQ(from(253'402'300'799), "token_not_yet_valid");
    for (const std::string value : {"\"0\"", "null", "-1", "1.5", "[]", "9223372036854775807"}) {
      EXPECT_EQ(judged(current(name + value)), "token_malformed") << name << value;
    }
  }
  EXPECT_THAT(told(current("\"nbf\":" + std::to_string(kNow + 100))),
              HasSubstr("its nbf is in 100 s"));
}

TEST_F(ClaimsTest, HaveASubjectThatIsAString) {
  EXPECT_EQ(judged(current(R"("sub":"x")")), "accepted");
  for (const std::string sub : {"1", "null", R"(["x"])", "{}"}) {
    EXPECT_EQ(judged(current("\"sub\":" + sub)), "token_malformed") << sub;
  }
}

}  // namespace
}  // namespace shmx::identity
