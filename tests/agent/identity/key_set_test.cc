// Which keys of a set are used, and what is no set.
#include "agent/identity/key_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "agent/identity/token.h"
#include "tests/agent/identity/signer.h"

namespace shmx::identity {
namespace {

using testing::base64url;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::key_set;
using testing::Signer;

/// Why the set is refused; empty: it is not.
std::string refused(const std::string& text) {
  const auto set = KeySet::parse(text);
  return set ? "" : set.error().message;
}

/// An odd number of so many bits; no key, but nothing that could be told from one.
std::string rsa_jwk(std::size_t bits, const std::string& exponent = {"\1\0\1", 3}) {
  std::string modulus((bits + 7) / 8, '\xff');
  modulus.front() = static_cast<char>(0xff >> (modulus.size() * 8 - bits));
  return R"({"kty":"RSA","n":")" + base64url(modulus) + R"(","e":")" + base64url(exponent) + "\"}";
}

std::string ec_jwk(const std::string& curve, const std::string& x, const std::string& y) {
  return R"({"kty":"EC","crv":")" + curve + R"(","x":")" + base64url(x) + R"(","y":")" +
         base64url(y) + "\"}";
}

TEST(KeySet, HasTheKeysThatAreMeantToVerify) {
  const Signer p256 = Signer::ec("P-256");
  const Signer p384 = Signer::ec("P-384");
  const Signer p521 = Signer::ec("P-521");
  const Signer rsa = Signer::rsa(2048);
  const auto set = KeySet::parse(
      key_set({p256.jwk(R"("kid":"a","use":"sig","alg":"ES256","x5c":["AAAA"],"new":{"a":[1]})"),
               p384.jwk(R"("kid":"b","key_ops":["verify"])"), p521.jwk(R"("kid":"c")"),
               rsa.jwk(R"("kid":"d","alg":"PS512","key_ops":["sign","verify"])")}));
  ASSERT_TRUE(set) << set.error().message;
  for (const char* const kid : {"a", "b", "c", "d"}) EXPECT_TRUE(set->has(kid)) << kid;
  EXPECT_FALSE(set->has("e"));
  EXPECT_FALSE(set->has(""));
  EXPECT_THAT(set->left_out(), IsEmpty());
}

TEST(KeySet, LeavesOutWhatItCannotUseAndSaysWhy) {
  const Signer signer = Signer::ec("P-256");
  const auto left_out = [&](const std::string& jwk) -> std::string {
    const auto set = KeySet::parse(key_set({signer.jwk(R"("kid":"good")"), jwk}));
    if (!set) return "refused: " + set.error().message;
    EXPECT_TRUE(set->has("good"));
    EXPECT_FALSE(set->has("x"));
    return set->left_out().empty() ? "" : set->left_out().front();
  };
  EXPECT_EQ(left_out(signer.jwk(R"("kid":"x","use":"enc")")),
            R"(key 2 (kid "x"): use is "enc", not "sig")");
  EXPECT_THAT(left_out(signer.jwk(R"("kid":"x","use":1)")), HasSubstr("use is missing or no"));
  EXPECT_THAT(left_out(signer.jwk(R"("kid":"x","key_ops":["encrypt"])")), HasSubstr("key_ops"));
  EXPECT_THAT(left_out(signer.jwk(R"("kid":"x","key_ops":"verify")")), HasSubstr("key_ops"));
  EXPECT_THAT(left_out(signer.jwk(R"("kid":"x","key_ops":[])")), HasSubstr("key_ops"));
  EXPECT_THAT(left_out(R"({"kty":"oct","kid":"x","k":"c2VjcmV0"})"), HasSubstr("secret"));
  EXPECT_THAT(left_out(R"({"kty":"oct","kid":"x"})"), HasSubstr(R"(kty is "oct")"));
  EXPECT_THAT(left_out(R"({"kty":"OKP","crv":"Ed25519","kid":"x","x":"AAAA"})"),
              HasSubstr(R"(kty is "OKP")"));
  EXPECT_THAT(left_out(R"({"kty":"rsa","kid":"x"})"), HasSubstr(R"(kty is "rsa")"));
  EXPECT_THAT(left_out(R"({"kid":"x"})"), HasSubstr("kty is missing"));
  EXPECT_THAT(left_out("{}"), HasSubstr("key 2: kty is missing"));
  EXPECT_THAT(left_out(signer.jwk(R"("kid":1)")), HasSubstr("kid"));
  EXPECT_THAT(left_out(signer.jwk(R"("kid":"")")), HasSubstr("kid"));
  EXPECT_THAT(left_out(signer.jwk(R"("kid":")" + std::string(257, 'x') + "\"")), HasSubstr("kid"));
}

TEST(KeySet, LeavesOutKeysWithPrivateMembers) {
  const Signer ec = Signer::ec("P-256");
  const Signer rsa = Signer::rsa(2048);
  for (const char* const member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    const std::string secret = std::string("\"") + member + R"(":"AQAB")";
    EXPECT_THAT(refused(key_set({ec.jwk(secret)})), HasSubstr("secret member")) << member;
    EXPECT_THAT(refused(key_set({rsa.jwk(secret)})), HasSubstr("secret member")) << member;
  }
}

TEST(KeySet, FixesTheAlgorithmByTypeAndCurve) {
  const Signer p256 = Signer::ec("P-256");
  const Signer rsa = Signer::rsa(2048);
  for (const char* const alg :
       {"ES384", "ES512", "RS256", "HS256", "none", "ECDH-ES", "es256", ""}) {
    EXPECT_THAT(refused(key_set({p256.jwk(std::string(R"("alg":")") + alg + "\"")})),
                HasSubstr("alg is"))
        << alg;
  }
  for (const char* const alg : {"ES256", "HS256", "RSA-OAEP", "RSA1_5", "none"}) {
    EXPECT_THAT(refused(key_set({rsa.jwk(std::string(R"("alg":")") + alg + "\"")})),
                HasSubstr("alg is"))
        << alg;
  }
  EXPECT_THAT(refused(key_set({rsa.jwk(R"("alg":null)")})), HasSubstr("alg is missing or no"));
}

TEST(KeySet, TakesRsaKeysOf2048To16384Bits) {
  EXPECT_THAT(refused(key_set({rsa_jwk(512)})), HasSubstr("512 bits"));
  EXPECT_THAT(refused(key_set({rsa_jwk(1024)})), HasSubstr("1024 bits"));
  EXPECT_THAT(refused(key_set({rsa_jwk(2047)})), HasSubstr("2047 bits"));
  EXPECT_EQ(refused(key_set({rsa_jwk(2048)})), "");
  EXPECT_EQ(refused(key_set({rsa_jwk(16384)})), "");
  EXPECT_THAT(refused(key_set({rsa_jwk(16385)})), HasSubstr("16385 bits"));
  EXPECT_THAT(refused(key_set({rsa_jwk(800'000)})), HasSubstr("800000 bits"));
  EXPECT_THAT(refused(key_set({Signer::rsa(1024).jwk("")})), HasSubstr("1024 bits"));
}

TEST(KeySet, TakesNoRsaKeyWithWhichAnybodyCouldSign) {
  for (const std::string& exponent : {std::string("\1"), std::string("\2"), std::string("\1\0", 2),
                                      std::string("\1\0\0\0\1", 5)}) {
    EXPECT_THAT(refused(key_set({rsa_jwk(2048, exponent)})), HasSubstr("no RSA key"));
  }
  for (const std::string& exponent :
       {std::string(), std::string("\0", 1), std::string("\0\1", 2), std::string("\0\1\0\1", 4)}) {
    EXPECT_THAT(refused(key_set({rsa_jwk(2048, exponent)})), HasSubstr("no number"));
  }
  EXPECT_EQ(refused(key_set({rsa_jwk(2048, "\3")})), "");
  std::string even(256, '\xfe');
  EXPECT_THAT(refused(key_set({R"({"kty":"RSA","e":"AQAB","n":")" + base64url(even) + "\"}"})),
              HasSubstr("no RSA key"));
  EXPECT_THAT(refused(key_set({R"({"kty":"RSA","e":"AQAB"})"})), HasSubstr("no number"));
  EXPECT_THAT(refused(key_set({R"({"kty":"RSA","e":65537,"n":12})"})), HasSubstr("no number"));
  EXPECT_THAT(refused(key_set({R"({"kty":"RSA","e":"AQAB","n":"====" })"})),
              HasSubstr("no number"));
}

TEST(KeySet, TakesPointsOfTheNamedCurveAlone) {
  const std::string right = Signer::ec("P-256").jwk("");
  EXPECT_EQ(refused(key_set({right})), "");
  const std::string ones(32, '\1');
  const std::string zeros(32, '\0');
  EXPECT_THAT(refused(key_set({ec_jwk("P-256", ones, ones)})), HasSubstr("not on P-256"));
  EXPECT_THAT(refused(key_set({ec_jwk("P-256", zeros, zeros)})), HasSubstr("not on P-256"));
  EXPECT_THAT(refused(key_set({ec_jwk("P-256", std::string(32, '\xff'), ones)})),
              HasSubstr("not on P-256"));
  EXPECT_THAT(refused(key_set({ec_jwk("P-384", ones, ones)})), HasSubstr("48 bytes"));
  EXPECT_THAT(refused(key_set({ec_jwk("P-256", ones + ones, ones)})), HasSubstr("32 bytes"));
  EXPECT_THAT(refused(key_set({ec_jwk("P-256", "", "")})), HasSubstr("32 bytes"));
  for (const char* const curve : {"secp256k1", "P-192", "P-224", "p-256", "Ed25519", ""}) {
    EXPECT_THAT(refused(key_set({ec_jwk(curve, ones, ones)})), HasSubstr("crv is")) << curve;
  }
  EXPECT_THAT(refused(key_set({R"({"kty":"EC","x":"AA","y":"AA"})"})), HasSubstr("crv is missing"));
  EXPECT_EQ(ERR_peek_error(), 0U) << "the thread's next TLS operation would fail";
}

TEST(KeySet, OfSecretsAloneIsAnError) {
  EXPECT_THAT(refused(R"({"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"oct","k":"c2VjcmV0"}]})"),
              HasSubstr("without a key that can be used: key 1: it has the secret member"));
  EXPECT_THAT(refused(R"({"keys":[]})"), HasSubstr("without a key"));
}

TEST(KeySet, NamesNoKeyTwice) {
  const Signer a = Signer::ec("P-256");
  const Signer b = Signer::ec("P-384");
  EXPECT_THAT(refused(key_set({a.jwk(R"("kid":"k")"), b.jwk(R"("kid":"k")")})),
              HasSubstr(R"(two keys of the kid "k")"));
  EXPECT_THAT(refused(key_set({a.jwk(R"("kid":"k")"), a.jwk(R"("kid":"k")")})),
              HasSubstr("two keys"));
  EXPECT_THAT(refused(key_set({a.jwk(R"("kid":"k","kid":"l")")})), HasSubstr("JSON"));
  EXPECT_THAT(refused(R"({"keys":[],)" + key_set({a.jwk("")}).substr(1)), HasSubstr("JSON"));
  // Keys for encrypting may share a name: none of them is used.
  EXPECT_EQ(refused(key_set({a.jwk(R"("kid":"k")"), b.jwk(R"("kid":"k","use":"enc")")})), "");
}

TEST(KeySet, IsAnObjectWithKeys) {
  const Signer signer = Signer::ec("P-256");
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":null})"), std::string(R"({"keys":["x"]})"),
        std::string(R"({"keys":[[]]})"), std::string("<html>not found</html>"), signer.jwk(""),
        key_set({signer.jwk("")}) + "x", key_set({signer.jwk("")}) + std::string(1, '\0'),
        "\xef\xbb\xbf" + key_set({signer.jwk("")}), signer.public_pem()}) {
    EXPECT_THAT(refused(text), HasSubstr("no JWK set")) << text;
  }
  EXPECT_THAT(refused(R"({"keys":[)" + std::string(5000, '[')), HasSubstr("deep"));
}

TEST(KeySet, IsNotHuge) {
  const Signer signer = Signer::ec("P-256");
  const auto text = key_set({signer.jwk("")});
  EXPECT_EQ(refused(text + std::string(kMaxKeySetBytes - text.size(), ' ')), "");
  EXPECT_THAT(refused(text + std::string(kMaxKeySetBytes - text.size() + 1, ' ')),
              HasSubstr("256 KiB"));
  std::vector<std::string> many;
  many.reserve(101);
  for (int i = 0; i < 101; ++i) many.push_back(signer.jwk("\"kid\":\"" + std::to_string(i) + "\""));
  EXPECT_THAT(refused(key_set(many)), HasSubstr("101 keys"));
  many.pop_back();
  EXPECT_EQ(refused(key_set(many)), "");
}

TEST(KeySet, ThatWasNeverParsedHasNothing) {
  const KeySet none;
  EXPECT_FALSE(none.has("k"));
  EXPECT_THAT(none.left_out(), IsEmpty());
}

}  // namespace
}  // namespace shmx::identity
