// Whether PEM texts are what they are said to be.
#include "agent/config/pem.h"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "tests/agent/testing/certificates.h"

namespace shmx::config {
namespace {

using testing::Certificate;
using ::testing::HasSubstr;
using ::testing::Optional;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string key_pem(const char* type, const char* passphrase = nullptr) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, type), EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  char* text = nullptr;
  PEM_write_bio_PrivateKey(bio.get(), key.get(),
                           passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), nullptr, 0, nullptr,
                           const_cast<char*>(passphrase));
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

TEST(Pem, ADamagedCertificateSpoilsTheChain) {
  const std::string pem = Certificate::root().pem();
  EXPECT_FALSE(problem_of_certificates(pem));
  EXPECT_TRUE(problem_of_certificates(""));
  EXPECT_TRUE(problem_of_certificates("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_TRUE(problem_of_certificates(pem + pem.substr(0, pem.size() / 2)));
  std::string changed = pem;
  changed[pem.size() / 2] = '!';
  EXPECT_TRUE(problem_of_certificates(changed));
  EXPECT_TRUE(problem_of_certificates(key_pem("ED25519")));
}

TEST(Pem, AKeyHasNoPassphrase) {
  EXPECT_FALSE(problem_of_key(key_pem("ED25519")));
  EXPECT_THAT(problem_of_key(key_pem("ED25519", "hunter2")),
              Optional(HasSubstr("without a passphrase")));
  EXPECT_TRUE(problem_of_key(Certificate::root().pem()));
  EXPECT_TRUE(problem_of_key(""));
}

TEST(Pem, AKeyIsThatOfTheFirstCertificate) {
  const Certificate root = Certificate::root();
  const Certificate own = root.issue({});
  EXPECT_FALSE(problem_of_pair(own.pem() + root.pem(), own.key_pem()));
  EXPECT_THAT(problem_of_pair(root.pem() + own.pem(), own.key_pem()),
              Optional(HasSubstr("the key of the first certificate")));
  EXPECT_TRUE(problem_of_pair(own.pem(), key_pem("ED25519")));
}

TEST(Pem, OnlyEd25519SignsTheAudit) {
  EXPECT_FALSE(problem_of_signing_key(key_pem("ED25519")));
  EXPECT_TRUE(problem_of_signing_key(key_pem("ED25519", "hunter2")));
  EXPECT_THAT(problem_of_signing_key(key_pem("ED448")), Optional(HasSubstr("genpkey")));
  EXPECT_TRUE(problem_of_signing_key(Certificate::root().key_pem()));
}

TEST(Pem, LeavesNothingInTheQueueOfErrors) {
  problem_of_certificates("none");
  problem_of_key("none");
  problem_of_pair("none", "none");
  problem_of_signing_key("none");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace shmx::config
