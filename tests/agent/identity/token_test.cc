// Tokens of the nine algorithms are accepted; what an attacker can make of keys and signatures is
// not. Shapes are in signed_token_test.cc, claims in claims_test.cc.
#include "agent/identity/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <chrono>

#include "tests/agent/identity/judged.h"
#include "tests/agent/identity/signer.h"

namespace shmx::identity {
namespace {

using testing::base64url;
using testing::claims;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::hmac;
using testing::judged;
using testing::judged_in_detail;
using testing::key_set;
using ::testing::Not;
using testing::Signer;

std::string header(const std::string& algorithm, const std::string& kid = "k") {
  return R"({"alg":")" + algorithm + R"(","typ":"JWT","kid":")" + kid + R"("})";
}

Signer signer_for(std::string_view algorithm) {
  if (algorithm == "ES256") return Signer::ec("P-256");
  if (algorithm == "ES384") return Signer::ec("P-384");
  if (algorithm == "ES512") return Signer::ec("P-521");
  return Signer::rsa(2048);
}

class EachAlgorithm : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Tokens, EachAlgorithm,
                         ::testing::Values("RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
                                           "ES256", "ES384", "ES512"),
                         [](const auto& algorithm) { return algorithm.param; });

TEST_P(EachAlgorithm, IsAcceptedWithItsKeyAndNotWithAnyBitOfTheSignatureChanged) {
  const Signer signer = signer_for(GetParam());
  const auto keys = key_set({signer.jwk(R"("kid":"k","use":"sig")")});
  const std::string input = base64url(header(GetParam())) + "." + base64url(claims());
  const std::string signature = signer.sign(GetParam(), input);
  EXPECT_EQ(judged(input + "." + base64url(signature), keys), "accepted");
  for (std::size_t i = 0; i < signature.size(); i += 7) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(judged(input + "." + base64url(changed), keys), "token_signature") << i;
  }
  EXPECT_EQ(ERR_peek_error(), 0U) << "the thread's next TLS operation would fail";
}

TEST_P(EachAlgorithm, DoesNotVerifyOtherBytes) {
  const Signer signer = signer_for(GetParam());
  const auto keys = key_set({signer.jwk(R"("kid":"k")")});
  const std::string signature =
      base64url(signer.sign(GetParam(), base64url(header(GetParam())) + "." + base64url(claims())));
  const auto with = [&](const std::string& head, const std::string& payload) {
    return judged(base64url(head) + "." + base64url(payload) + "." + signature, keys);
  };
  EXPECT_EQ(with(header(GetParam()), claims(R"("groups":["operators"])")), "token_signature");
  EXPECT_EQ(with(header(GetParam()) + " ", claims()), "token_signature");
}

TEST_P(EachAlgorithm, DoesNotVerifyASignatureThatIsShorterLongerOrAbsent) {
  const Signer signer = signer_for(GetParam());
  const auto keys = key_set({signer.jwk(R"("kid":"k")")});
  const std::string input = base64url(header(GetParam())) + "." + base64url(claims());
  const std::string signature = signer.sign(GetParam(), input);
  for (const auto& other : {signature.substr(0, signature.size() - 1), signature.substr(1),
                            signature + '\0', '\0' + signature, signature + signature,
                            signature.substr(0, signature.size() / 2), std::string()}) {
    EXPECT_EQ(judged(input + "." + base64url(other), keys), "token_signature") << other.size();
  }
}

TEST_P(EachAlgorithm, IsAcceptedOnlyIfTheKeysAlgNamesIt) {
  const Signer signer = signer_for(GetParam());
  const auto token = signer.token(GetParam(), header(GetParam()), claims());
  EXPECT_EQ(judged(token, key_set({signer.jwk(R"("kid":"k","alg":")" + GetParam() + "\"")})),
            "accepted");
  if (GetParam().front() == 'E') return;  // its curve alone fixes the algorithm
  const std::string other = GetParam() == "RS256" ? "PS256" : "RS256";
  EXPECT_EQ(judged(token, key_set({signer.jwk(R"("kid":"k","alg":")" + other + "\"")})),
            "token_algorithm");
}

TEST(Token, TellsItsClaims) {
  const Signer signer = Signer::ec("P-256");
  const auto result = testing::result_of(
      signer.token("ES256", header("ES256"),
                   claims(R"("groups":["a","b"],"role":"r","mixed":["a",1],"deep":{"x":"y"})")),
      key_set({signer.jwk(R"("kid":"k")")}));
  const auto& told = std::get<Claims>(result);
  EXPECT_EQ(told.issuer, testing::kIssuer);
  EXPECT_EQ(told.subject, "prometheus");
  EXPECT_EQ(told.expires_unix_s, testing::kNow + 300);
  EXPECT_THAT(told.texts.at("groups"), ElementsAre("a", "b"));
  EXPECT_THAT(told.texts.at("role"), ElementsAre("r"));
  EXPECT_FALSE(told.texts.contains("mixed"));
  EXPECT_FALSE(told.texts.contains("deep"));
}

TEST(Token, IsNotTheOneThatIsSignedWithNothing) {
  const Signer signer = Signer::ec("P-256");
  const auto keys = key_set({signer.jwk(R"("kid":"k")")});
  for (const std::string none : {"none", "None", "NONE", "nOnE", "none ", "", "null"}) {
    const std::string input = base64url(header(none)) + "." + base64url(claims());
    EXPECT_EQ(judged(input + ".", keys), "token_algorithm") << none;
    EXPECT_EQ(judged(input + "." + base64url(signer.sign("ES256", input)), keys), "token_algorithm")
        << none;
  }
}

TEST(Token, IsNotSignedWithThePublicKeyAsASecret) {
  const Signer rsa = Signer::rsa(2048);
  const auto jwk = rsa.jwk(R"("kid":"k")");
  for (const int bits : {256, 384, 512}) {
    const std::string name = "HS" + std::to_string(bits);
    const std::string input = base64url(header(name)) + "." + base64url(claims());
    for (const auto& secret : {rsa.public_pem(), rsa.public_der(), rsa.modulus(), jwk,
                               base64url(rsa.modulus()), std::string()}) {
      EXPECT_EQ(judged(input + "." + base64url(hmac(bits, secret, input)), key_set({jwk})),
                "token_algorithm");
    }
  }
}

TEST(Token, IsNotSignedWithASecretOfTheSet) {
  const Signer rsa = Signer::rsa(2048);
  const std::string secret = "sixteen bytes of";
  const auto keys = key_set(
      {rsa.jwk(R"("kid":"k")"), R"({"kty":"oct","kid":"s","k":")" + base64url(secret) + "\"}"});
  const std::string input = base64url(header("HS256", "s")) + "." + base64url(claims());
  EXPECT_EQ(judged(input + "." + base64url(hmac(256, secret, input)), keys), "token_algorithm");
}

TEST(Token, DoesNotChooseTheAlgorithmOfItsKey) {
  const Signer p256 = Signer::ec("P-256");
  const Signer p384 = Signer::ec("P-384");
  const Signer p521 = Signer::ec("P-521");
  const Signer rsa = Signer::rsa(2048);
  const auto with = [](const Signer& signer, const char* named, const char* signed_as) {
    const auto text = signer.token(signed_as, header(named), claims());
    return judged(text, key_set({signer.jwk(R"("kid":"k")")}));
  };
  // Each really is a signature by the key: cjose takes an ES256 of a P-384 key [measured].
  EXPECT_EQ(with(p384, "ES256", "ES256"), "token_algorithm");
  EXPECT_EQ(with(p521, "ES256", "ES256"), "token_algorithm");
  EXPECT_EQ(with(p256, "ES384", "ES384"), "token_algorithm");
  EXPECT_EQ(with(p256, "ES512", "ES512"), "token_algorithm");
  EXPECT_EQ(with(p256, "RS256", "ES256"), "token_algorithm");
  EXPECT_EQ(with(rsa, "ES256", "RS256"), "token_algorithm");
  // Within one kind the header says which, and then it must be that.
  EXPECT_EQ(with(rsa, "RS256", "RS512"), "token_signature");
  EXPECT_EQ(with(rsa, "PS256", "RS256"), "token_signature");
  EXPECT_EQ(with(rsa, "RS256", "PS256"), "token_signature");
}

TEST(Token, TakesNoAlgorithmBeyondTheList) {
  const Signer signer = Signer::ec("P-256");
  const auto keys = key_set({signer.jwk(R"("kid":"k")")});
  for (const std::string name : {"es256", "ES256K", "EdDSA", "RS1", "RSA1_5", "dir", "A128KW",
                                 "ES256 ", "ES2560", "RS256\\u0000"}) {
    EXPECT_EQ(judged(signer.token("ES256", header(name), claims()), keys).substr(0, 6), "token_");
    EXPECT_NE(judged(signer.token("ES256", header(name), claims()), keys), "accepted") << name;
  }
  for (const std::string alg : {R"(["ES256"])", "256", "null", "{}", "true"}) {
    EXPECT_EQ(judged(signer.token("ES256", R"({"kid":"k","alg":)" + alg + "}", claims()), keys),
              "token_algorithm");
  }
  EXPECT_EQ(judged(signer.token("ES256", R"({"kid":"k"})", claims()), keys), "token_algorithm");
}

TEST(Token, HasAnEllipticSignatureOfTwoNumbersThatAreNotZero) {
  const Signer signer = Signer::ec("P-256");
  const auto keys = key_set({signer.jwk(R"("kid":"k")")});
  const std::string input = base64url(header("ES256")) + "." + base64url(claims());
  const std::string right = signer.sign("ES256", input);
  const std::string zero(32, '\0');
  // The order of P-256's group: as good as zero.
  const std::string order = "\xff\xff\xff\xff" + std::string(4, '\0') + std::string(8, '\xff') +
                            "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
  ASSERT_EQ(order.size(), 32U);
  for (const auto& signature :
       {zero + zero, zero + right.substr(32), right.substr(0, 32) + zero, order + order,
        order + right.substr(32), right.substr(0, 32) + order, zero + order,
        std::string(64, '\xff'), right.substr(32) + right.substr(0, 32)}) {
    ASSERT_EQ(signature.size(), 64U);
    EXPECT_EQ(judged(input + "." + base64url(signature), keys), "token_signature");
  }
}

TEST(Token, HasNoEllipticSignatureInDer) {
  const Signer signer = Signer::ec("P-256");
  const std::string input = base64url(header("ES256")) + "." + base64url(claims());
  EXPECT_EQ(judged(input + "." + base64url(signer.sign_der(input)),
                   key_set({signer.jwk(R"("kid":"k")")})),
            "token_signature");
}

TEST(Token, IsNotVerifiedWithAKeyThatItBrings) {
  const Signer issuer = Signer::ec("P-256");
  const Signer attacker = Signer::ec("P-256");
  const auto keys = key_set({issuer.jwk(R"("kid":"k")")});
  const auto jwk = attacker.jwk(R"("kid":"k")");
  for (const auto& brought :
       {R"("jwk":)" + jwk, R"("x5c":[")" + base64url(attacker.public_der()) + R"("])",
        std::string(R"("jku":"https://attacker.example/jwks.json")"),
        std::string(R"("x5u":"https://attacker.example/chain.pem")"),
        std::string(R"("x5t":"abcd","x5t#S256":"abcd")")}) {
    const std::string head = R"({"alg":"ES256","kid":"k",)" + brought + "}";
    EXPECT_EQ(judged(attacker.token("ES256", head, claims()), keys), "token_signature") << brought;
    EXPECT_EQ(judged(issuer.token("ES256", head, claims()), keys), "accepted") << "it is ignored";
    const std::string unknown = R"({"alg":"ES256","kid":"mine",)" + brought + "}";
    EXPECT_EQ(judged(attacker.token("ES256", unknown, claims()), keys), "unknown key mine");
  }
}

TEST(Token, HasAKidThatIsOnlyCompared) {
  const Signer signer = Signer::ec("P-256");
  const auto keys = key_set({signer.jwk(R"("kid":"k")")});
  for (const std::string kid :
       {"../../../../dev/null", "/etc/passwd", "k' OR '1'='1", "k; DROP TABLE keys", "k ", " k",
        "K", "https://attacker.example/jwks.json", "$(id)", "k%00", "*", "k/../k"}) {
    EXPECT_EQ(judged(signer.token("ES256", header("ES256", kid), claims()), keys),
              "unknown key " + kid);
  }
  EXPECT_EQ(judged(signer.token("ES256", R"({"alg":"ES256","kid":""})", claims()), keys),
            "unknown key ");
  EXPECT_EQ(judged(signer.token("ES256", R"({"alg":"ES256","kid":"k\u0000"})", claims()), keys),
            "token_malformed");
  for (const std::string kid : {"1", "null", R"(["k"])", R"({"k":"k"})"}) {
    EXPECT_EQ(judged(signer.token("ES256", R"({"alg":"ES256","kid":)" + kid + "}", claims()), keys),
              "token_malformed");
  }
}

TEST(Token, NeedsNoKidWhereOneKeyFits) {
  const Signer p256 = Signer::ec("P-256");
  const Signer p384 = Signer::ec("P-384");
  const Signer other = Signer::ec("P-256");
  const auto token = p256.token("ES256", R"({"alg":"ES256"})", claims());
  EXPECT_EQ(judged(token, key_set({p256.jwk(R"("kid":"a")"), p384.jwk(R"("kid":"b")")})),
            "accepted");
  EXPECT_EQ(judged(token, key_set({p256.jwk("")})), "accepted");
  EXPECT_EQ(judged(token, key_set({p256.jwk(R"("kid":"a")"), other.jwk(R"("kid":"b")")})),
            "token_key");
  EXPECT_EQ(judged(token, key_set({p384.jwk("")})), "token_key");
  // A key without a kid is no token's that names one.
  EXPECT_EQ(judged(p256.token("ES256", header("ES256"), claims()), key_set({p256.jwk("")})),
            "unknown key k");
}

TEST(Token, IsNotVerifiedWithAnotherIssuersKeys) {
  const Signer mine = Signer::ec("P-256");
  const Signer other = Signer::ec("P-256");
  const std::vector<Issuer> issuers{{std::string(testing::kIssuer), "shm-exporter", "/a"},
                                    {"https://other.example", "shm-exporter", "/b"}};
  const std::map<std::string, KeySet> keys{
      {std::string(testing::kIssuer), KeySet::parse(key_set({mine.jwk(R"("kid":"k")")})).value()},
      {"https://other.example", KeySet::parse(key_set({other.jwk(R"("kid":"k")")})).value()}};
  const auto says = [&](const Signer& signer) {
    return verify_token(signer.token("ES256", header("ES256"), claims()), issuers, keys,
                        testing::kNow);
  };
  EXPECT_TRUE(std::holds_alternative<Claims>(says(mine)));
  EXPECT_EQ(std::get<TokenProblem>(says(other)).reason, "token_signature");
}

TEST(Token, OfAnIssuerWithoutASetAsksForOne) {
  const Signer signer = Signer::ec("P-256");
  const std::vector<Issuer> issuers{{std::string(testing::kIssuer), "shm-exporter", "/a"}};
  const auto token = signer.token("ES256", header("ES256"), claims());
  const auto none = verify_token(token, issuers, {}, testing::kNow);
  EXPECT_EQ(std::get<UnknownKey>(none).issuer, testing::kIssuer);
  EXPECT_EQ(std::get<UnknownKey>(none).kid, "k");
  const auto empty =
      verify_token(token, issuers, {{std::string(testing::kIssuer), KeySet()}}, testing::kNow);
  EXPECT_EQ(std::get<UnknownKey>(empty).kid, "k");
}

TEST(Token, TellsTheLogWhatWasExpectedAndPresentedAndNothingThatSplitsALine) {
  const Signer signer = Signer::ec("P-256");
  const auto keys = key_set({signer.jwk(R"("kid":"k")")});
  const auto told = judged_in_detail(
      signer.token("ES256", header("ES256"), R"({"iss":"https://evil\nlevel=info \u001b[2J"})"),
      keys);
  EXPECT_THAT(told, HasSubstr(R"("https://evil\x0alevel=info \x1b[2J")"));
  EXPECT_THAT(told, Not(HasSubstr("\n")));
  const auto long_one = judged_in_detail(
      signer.token("ES256", header("ES256"), R"({"iss":")" + std::string(9000, 'x') + "\"}"), keys);
  EXPECT_LT(long_one.size(), 300U);
}

}  // namespace
}  // namespace shmx::identity
