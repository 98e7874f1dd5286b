#include "agent/identity/base64url.h"

#include <gtest/gtest.h>

#include <cctype>

#include "tests/agent/identity/signer.h"

namespace shmx::identity {
namespace {

TEST(Base64url, GivesBackWhatWasEncoded) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(decode_base64url(testing::base64url(bytes)), bytes) << i;
    bytes.push_back(static_cast<char>(i * 7));
  }
  EXPECT_EQ(decode_base64url({}), "");
}

TEST(Base64url, TakesNoOtherLetterAnywhere) {
  for (std::size_t size = 1; size <= 9; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int letter = 0; letter < 256; ++letter) {
        std::string text(size, 'A');
        text[at] = static_cast<char>(letter);
        const bool is_letter = std::isalnum(letter) != 0 || letter == '-' || letter == '_';
        if (!is_letter) {
          EXPECT_FALSE(decode_base64url(text)) << text;
        }
      }
    }
  }
}

TEST(Base64url, TakesNoPaddingThoughCjoseWould) {
  // The first ones end the process inside cjose 0.6.2.1.
  for (const char* const text : {"A===", "A=", "A==", "AAAAA===", "AAAAA=AA", "AA==", "AAA=",
                                 "AAAA=", "AAAA====", "=", "====", "AA=A", "AAA=AAAA"}) {
    EXPECT_FALSE(decode_base64url(text)) << text;
  }
}

TEST(Base64url, TakesNoBitsThatNoByteNeeds) {
  EXPECT_EQ(decode_base64url("AA"), std::string(1, '\0'));
  EXPECT_FALSE(decode_base64url("AB"));
  EXPECT_FALSE(decode_base64url("AAB"));
  EXPECT_FALSE(decode_base64url("A"));
  EXPECT_FALSE(decode_base64url("AAAAA"));
}

}  // namespace
}  // namespace shmx::identity
