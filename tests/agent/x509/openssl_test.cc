#include "agent/x509/openssl.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "tests/agent/testing/certificates.h"

namespace shmx::x509 {
namespace {

using testing::Certificate;

TEST(Der, IsTheSameAgain) {
  const std::string der = Certificate::root().der();
  EXPECT_EQ(der_of(certificate_of(der).get()), der);
}

TEST(CertificatesOfPem, AreWhole) {
  const auto root = Certificate::root();
  const auto both = certificates_of_pem(root.issue({}).pem() + root.pem());
  ASSERT_TRUE(both) << both.error().message;
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ(der_of(both->at(1).get()), root.der());
}

TEST(KeyOfPem, IsTheCertificatesOrNone) {
  const auto own = Certificate::root();
  const auto key = private_key_of_pem(own.key_pem());
  ASSERT_TRUE(key);
  EXPECT_EQ(X509_check_private_key(certificate_of(own.der()).get(), key.get()), 1);
  EXPECT_FALSE(private_key_of_pem(own.pem()));
  EXPECT_FALSE(public_key_of_pem(own.key_pem()));
}

TEST(ReasonOf, IsOfAFixedSet) {
  EXPECT_EQ(reason_of(X509_V_ERR_CERT_HAS_EXPIRED), "certificate_expired");
  EXPECT_EQ(reason_of(X509_V_ERR_CERT_NOT_YET_VALID), "certificate_not_yet_valid");
  EXPECT_EQ(reason_of(X509_V_ERR_INVALID_PURPOSE), "certificate_purpose");
  EXPECT_EQ(reason_of(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY), "certificate_authority");
  EXPECT_EQ(reason_of(X509_V_ERR_EE_KEY_TOO_SMALL), "certificate_invalid");
}

TEST(OpenSsl, KeepsNothingInTheQueueOfErrors) {
  EXPECT_FALSE(certificate_of("none"));
  EXPECT_FALSE(certificates_of_pem("none"));
  EXPECT_FALSE(certificates_of_pem("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_FALSE(private_key_of_pem("none"));
  EXPECT_FALSE(public_key_of_pem("none"));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace shmx::x509
