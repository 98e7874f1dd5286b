// Shapes: what is no token, or could be read as two.
#include "agent/identity/signed_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/identity/judged.h"
#include "tests/agent/identity/signer.h"

namespace shmx::identity {
namespace {

using testing::base64url;
using testing::claims;
using ::testing::HasSubstr;
using testing::judged;
using testing::judged_in_detail;
using testing::key_set;
using testing::Signer;

class SignedTokenTest : public ::testing::Test {
 protected:
  std::string judged_with(const std::string& header, const std::string& payload) const {
    return judged(signer_.token("ES256", header, payload), keys_);
  }

  const Signer signer_ = Signer::ec("P-256");
  const std::string keys_ = key_set({signer_.jwk(R"("kid":"k")")});
  const std::string header_ = R"({"alg":"ES256","kid":"k"})";
  const std::string token_ = signer_.token("ES256", header_, claims());
};

TEST_F(SignedTokenTest, HasThreePartsAndNothingAroundThem) {
  ASSERT_EQ(judged(token_, keys_), "accepted");
  const std::size_t dot = token_.find('.');
  const std::string nul(1, '\0');
  for (const std::string& other : {"." + token_,
                                   token_ + ".",
                                   token_ + "..",
                                   token_ + ".AAAA",
                                   token_ + " ",
                                   " " + token_,
                                   token_ + "\n",
                                   "\t" + token_,
                                   token_ + nul,
                                   nul + token_,
                                   token_ + "=",
                                   token_ + "==",
                                   "Bearer " + token_,
                                   "\"" + token_ + "\"",
                                   token_.substr(0, dot),
                                   token_.substr(0, token_.rfind('.')),
                                   std::string(),
                                   std::string("."),
                                   std::string(".."),
                                   std::string("..."),
                                   std::string("...."),
                                   token_.substr(0, dot) + "." + token_.substr(dot),
                                   token_.substr(dot),
                                   token_ + token_,
                                   token_.substr(0, dot) + nul + token_.substr(dot)}) {
    EXPECT_EQ(judged(other, keys_), "token_malformed") << other;
  }
}

TEST_F(SignedTokenTest, IsNotEncrypted) {
  EXPECT_THAT(judged_in_detail(token_ + ".AAAA.AAAA", keys_), HasSubstr("encrypted"));
  EXPECT_EQ(judged_with(R"({"alg":"ES256","kid":"k","enc":"A128GCM"})", claims()),
            "token_malformed");
  const std::string jwe =
      base64url(R"({"alg":"RSA-OAEP","enc":"A128GCM"})") + ".AAAA.AAAA.AAAA.AAAA";
  EXPECT_EQ(judged(jwe, keys_), "token_malformed");
}

TEST_F(SignedTokenTest, DoesNotHoldAnother) {
  for (const std::string type : {"JWT", "jwt", "application/json", ""}) {
    EXPECT_EQ(judged_with(R"({"alg":"ES256","kid":"k","cty":")" + type + "\"}", claims()),
              "token_malformed");
  }
  EXPECT_EQ(judged_with(header_, token_), "token_malformed") << "the claims are a token";
  EXPECT_EQ(judged_with(header_, "\"" + token_ + "\""), "token_malformed");
}

TEST_F(SignedTokenTest, NeedsNoExtension) {
  for (const std::string crit :
       {R"(["b64"])", R"(["exp"])", R"(["x"])", "[]", "null", "true", "\"exp\"", "{}"}) {
    EXPECT_EQ(judged_with(R"({"alg":"ES256","kid":"k","x":1,"crit":)" + crit + "}", claims()),
              "token_malformed")
        << crit;
  }
}

TEST_F(SignedTokenTest, IsATokenByItsTypeOrHasNone) {
  for (const std::string type : {"JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"}) {
    EXPECT_EQ(judged_with(R"({"alg":"ES256","kid":"k","typ":")" + type + "\"}", claims()),
              "accepted")
        << type;
  }
  for (const std::string type : {"\"logout+jwt\"", "\"dpop+jwt\"", "\"secevent+jwt\"", "\"JOSE\"",
                                 "\"\"", "\"JWT \"", "null", "1", R"(["JWT"])"}) {
    EXPECT_EQ(judged_with(R"({"alg":"ES256","kid":"k","typ":)" + type + "}", claims()),
              "token_malformed")
        << type;
  }
}

TEST_F(SignedTokenTest, HasNoMemberTwice) {
  EXPECT_EQ(judged_with(R"({"alg":"ES256","alg":"ES256","kid":"k"})", claims()), "token_malformed");
  EXPECT_EQ(judged_with(R"({"alg":"none","kid":"k","alg":"ES256"})", claims()), "token_malformed");
  EXPECT_EQ(judged_with(R"({"alg":"ES256","kid":"k","kid":"k"})", claims()), "token_malformed");
  EXPECT_EQ(judged_with(R"({"alg":"ES256","kid":"k","\u006bid":"j"})", claims()),
            "token_malformed");
  for (const std::string twice :
       {R"("exp":99999999999)", R"("iss":"https://idp.example")", R"("\u0061ud":"shm-exporter")",
        R"("groups":["a"],"groups":["b"])", R"("deep":{"a":1,"a":2})"}) {
    EXPECT_EQ(judged_with(header_, claims(twice)), "token_malformed") << twice;
  }
}

TEST_F(SignedTokenTest, IsOfJsonObjects) {
  for (const std::string other : {"",
                                  "[]",
                                  "\"x\"",
                                  "1",
                                  "null",
                                  "{",
                                  "{}{}",
                                  R"({"alg":"ES256","kid":"k"} x)",
                                  "{'a':1}",
                                  "{\"a\":\"\xff\xfe\"}",
                                  "{\"a\":\"\xc0\xaf\"}",
                                  "{\"a\":\"\xed\xa0\x80\"}",
                                  "\xef\xbb\xbf{}",
                                  R"({"a":"\ud800"})",
                                  R"({"a\u0000":1})",
                                  R"({"a":NaN})",
                                  R"({"a":Infinity})",
                                  R"({"a":01})",
                                  R"({"a":1e999})",
                                  R"({"a":99999999999999999999})",
                                  R"({"a":1,})"}) {
    EXPECT_EQ(judged_with(other, claims()), "token_malformed") << other;
    EXPECT_EQ(judged_with(header_, other), "token_malformed") << other;
  }
  EXPECT_EQ(judged_with(header_ + std::string(1, '\0'), claims()), "token_malformed");
  EXPECT_EQ(judged_with(header_, claims() + std::string(1, '\0')), "token_malformed");
}

TEST_F(SignedTokenTest, IsNotDeep) {
  const auto nested = [](std::size_t levels) {
    return "\"deep\":" + std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(judged_with(header_, claims(nested(15))), "accepted");
  EXPECT_EQ(judged_with(header_, claims(nested(16))), "token_malformed");
  EXPECT_EQ(judged_with(header_, claims(nested(4000))), "token_malformed");
  EXPECT_EQ(judged_with(R"({"alg":"ES256","kid":"k",)" + nested(4000) + "}", claims()),
            "token_malformed");
  EXPECT_EQ(judged_with(header_, claims(R"("brackets in a string":"[[[[[[[[[[[[[[[[[[[[\"[["))")),
            "token_malformed");
  EXPECT_EQ(judged_with(header_, claims(R"("brackets in a string":"[[[[[[[[[[[[[[[[[[[[\"[[")")),
            "accepted");
}

TEST_F(SignedTokenTest, IsNotLarge) {
  const auto padded = [&](std::size_t bytes) {
    return signer_.token("ES256", header_, claims("\"x\":\"" + std::string(bytes, 'x') + "\""));
  };
  EXPECT_EQ(judged(padded(12'000), keys_), "accepted");
  EXPECT_GT(padded(12'200).size(), kMaxTokenBytes);
  EXPECT_EQ(judged(padded(12'200), keys_), "token_malformed");
  std::string dots;
  dots.resize(10'000'000, '.');
  EXPECT_EQ(judged(dots, keys_), "token_malformed");
}

TEST_F(SignedTokenTest, HasOneSpelling) {
  // The 64 bytes of the signature end in a letter of which 4 bits are not used.
  std::string other_bits = token_;
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t last = kLetters.find(token_.back());
  other_bits.back() = kLetters[last ^ 1U];
  EXPECT_EQ(judged(other_bits, keys_), "token_malformed");

  const std::size_t dot = token_.find('.');
  for (const std::string inserted : {"=", "==", "\n", "\r\n", " ", "+", "/", "%3D", "\xff", "*"}) {
    for (const std::size_t at : {std::size_t{4}, dot, token_.rfind('.'), token_.size()}) {
      std::string other = token_;
      EXPECT_EQ(judged(other.insert(at, inserted), keys_), "token_malformed") << inserted;
    }
  }
}

}  // namespace
}  // namespace shmx::identity
