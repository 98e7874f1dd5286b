// The digest is one of exactly these bytes: an auditor computes it without this program.
#include "agent/main/collector/final_values.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::testing {
namespace {

/// As coreutils computes it.
std::string sha256sum(const std::string& bytes) {
  const TemporaryDirectory directory;
  directory.write("bytes", bytes);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen(("sha256sum " + directory.file("bytes")).c_str(), "r"), ::pclose);
  std::array<char, 65> digest{};
  EXPECT_EQ(std::fread(digest.data(), 1, 64, pipe.get()), 64U);
  return digest.data();
}

std::string number(unsigned char least, unsigned char most = 0) {
  return {static_cast<char>(least), 0, 0, 0, 0, 0, 0, static_cast<char>(most)};
}

TEST(FinalValues, AreDigestedAsTheyAreDocumented) {
  const std::string digest =
      digest_of("shop", {{"wait", "job=\"shop\"", {1, std::uint64_t{3} << 56, 0}}, {"x", "", {7}}});
  EXPECT_EQ(digest, sha256sum(number(4) + "shop" + number(4) + "wait" + number(10) +
                              "job=\"shop\"" + number(3) + number(1) + number(0, 3) + number(0) +
                              number(1) + "x" + number(0) + number(1) + number(7)));
}

TEST(FinalValues, OfNoSeriesAreTheJobs) {
  EXPECT_EQ(digest_of("shop", {}), sha256sum(number(4) + "shop"));
}

}  // namespace
}  // namespace shmx::testing
