// What of a PEM text is published: certificates in one form, and never a byte of anything else.
#include "shm/certificate_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/shm/corruptions.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kCertificate(kOrdersCertificate);

// Not a key, but what one looks like. Its characters would be told apart from the certificate's.
constexpr std::string_view kKeyBody = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgKEYKEYKEY0";
std::string key(const std::string& kind) {
  return "-----BEGIN " + kind + "-----\n" + std::string(kKeyBody) + "\n-----END " + kind +
         "-----\n";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST(CertificatesIn, AreThoseOfAChainInTheirOrder) {
  const std::string other = replaced(kCertificate, "MII", "MIJ");
  const CertificateText found = certificates_in(kCertificate + other);
  EXPECT_EQ(found.pem, kCertificate + other);
  EXPECT_EQ(found.left_out, 0U);
}

TEST(CertificatesIn, AreInOneFormWhateverFormTheFileIsIn) {
  const auto form = [](const std::string& text) { return certificates_in(text).pem; };
  EXPECT_EQ(form(replaced(kCertificate, "\n", "\r\n")), kCertificate);
  EXPECT_EQ(form(replaced(kCertificate, "\n", " \t\n")), kCertificate);
  EXPECT_EQ(form(replaced(kCertificate, "MIIB1", "MI\nIB\n\n1")), kCertificate);
  EXPECT_EQ(form(kCertificate.substr(0, kCertificate.size() - 1)), kCertificate);
  EXPECT_EQ(form("subject=CN = orders\n\n" + kCertificate + "\nBag Attributes\n"), kCertificate);
}

TEST(CertificatesIn, NeverHaveAKeyOfTheSameFile) {
  for (const std::string kind : {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY",
                                 "ENCRYPTED PRIVATE KEY", "EC PARAMETERS", "OPENSSH PRIVATE KEY",
                                 "TRUSTED CERTIFICATE", "CERTIFICATE REQUEST", "CERTIFICATE "}) {
    SCOPED_TRACE(kind);
    for (const std::string& text : {key(kind) + kCertificate, kCertificate + key(kind),
                                    key(kind) + kCertificate + key(kind)}) {
      EXPECT_EQ(certificates_in(text).pem, kCertificate);
    }
    EXPECT_EQ(certificates_in(key(kind)).pem, "");
  }
}

TEST(CertificatesIn, NeverHaveAKeyThatBeginsWithinACertificate) {
  const std::string torn = kCertificate.substr(0, 200);
  const std::string then = key("PRIVATE KEY") + kCertificate;
  const std::string next_line = "\n" + then;
  // A certificate that does not end, in a line and between lines; one that a key stands in.
  for (const std::string& text :
       {torn + next_line, torn + then,
        replaced(kCertificate, "-----END", key("PRIVATE KEY") + "-----END") + kCertificate,
        "-----BEGIN CERTIFICATE-----\n" + key("PRIVATE KEY") + "-----END CERTIFICATE-----\n" +
            kCertificate}) {
    const CertificateText found = certificates_in(text);
    EXPECT_EQ(found.pem, kCertificate) << text;
    EXPECT_EQ(found.left_out, 1U) << text;
    EXPECT_THAT(found.pem, Not(HasSubstr(std::string(kKeyBody)))) << text;
  }
}

TEST(CertificatesIn, LeaveOutWhatIsDamaged) {
  for (const std::string& damaged :
       {replaced(kCertificate, "MII", "MI"), replaced(kCertificate, "MII", "MI!"),
        replaced(kCertificate, "MII", "===="), replaced(kCertificate, "Zxuc=", "Zxu==="),
        std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\n====\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\nMIIB\n"
                    "-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\n")}) {
    const CertificateText found = certificates_in(damaged + kCertificate);
    EXPECT_EQ(found.pem, kCertificate) << damaged;
    EXPECT_EQ(found.left_out, 1U) << damaged;
  }
}

TEST(CertificatesIn, AreAsManyFromTheFirstAsThereIsRoomFor) {
  std::string chain;
  for (int i = 0; i < 100; ++i) {
    chain += kCertificate;
  }
  const CertificateText found = certificates_in(chain);
  const std::size_t fit = layout::kMaxCertificateBytes / kCertificate.size();
  EXPECT_EQ(found.pem, chain.substr(0, fit * kCertificate.size()));
  EXPECT_EQ(found.left_out, 100 - fit);

  // None after a gap.
  std::string large = "-----BEGIN CERTIFICATE-----\n";
  large.append(layout::kMaxCertificateBytes, 'M').append("\n-----END CERTIFICATE-----\n");
  const CertificateText leaf = certificates_in(kCertificate + large + kCertificate);
  EXPECT_EQ(leaf.pem, kCertificate);
  EXPECT_EQ(leaf.left_out, 2U);
}

TEST(CertificatesIn, AreNoneOfTextsWithoutAny) {
  for (const std::string_view text : {"", "\n", "no certificate", "-----END CERTIFICATE-----\n"}) {
    const CertificateText found = certificates_in(text);
    EXPECT_EQ(found.pem, "");
    EXPECT_EQ(found.left_out, 0U);
  }
}

TEST(CertificateRecords, AreReadAsTheyWereWritten) {
  const std::vector<std::byte> record = encode_certificates(kCertificate);
  EXPECT_EQ(record.size() % 8, 0U);
  std::string pem;
  const Flaw flaw = decode_certificates(record, pem);
  EXPECT_TRUE(flaw.none()) << flaw.expected;
  EXPECT_EQ(pem, kCertificate);
}

TEST(CertificateRecords, OfASegmentHoldFromTheLastOne) {
  const TempDir dir;
  const UniqueFd fd = create_file(dir / "segment");
  Image image = right_image();
  image.write_to(fd);
  auto reader = read_segment(fd);
  ASSERT_TRUE(reader.ok()) << reader.error().detail;
  EXPECT_EQ(reader.value().certificates(), nullptr);

  image.append(encode_certificates(kCertificate));
  image.write_to(fd);
  ASSERT_TRUE(reader.value().read(fd).ok());
  const auto first = reader.value().certificates();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(*first, kCertificate);
  ASSERT_TRUE(reader.value().read(fd).ok());
  EXPECT_EQ(reader.value().certificates(), first) << "nothing was published since";

  const std::string other = replaced(kCertificate, "MII", "MIJ");
  image.append(encode_certificates(other));
  image.append(new_series(0, 7, 1));
  image.write_to(fd);
  ASSERT_TRUE(reader.value().read(fd).ok());
  EXPECT_EQ(*reader.value().certificates(), other);
  EXPECT_EQ(reader.value().series().size(), 4U) << "records go on behind it";
}

}  // namespace
}  // namespace shmx::test
