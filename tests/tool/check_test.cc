// shmtool check web-config and shmtool check config: what an operator is told of an agent's files.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/agent/testing/certificates.h"
#include "tests/shm/temp_dir.h"
#include "tests/tool/program.h"

namespace shmx::tool {
namespace {

using shmx::testing::Certificate;
using ::testing::HasSubstr;

class Check : public ::testing::Test {
 protected:
  Check() {
    write("cert.pem", own_.pem());
    write("key.pem", own_.key_pem());
    write("web.yml", "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n");
    write("a.yml", "jobs: {orders: {per_process: true}}\n");
  }

  std::string file(std::string_view name) const { return directory_ / name; }
  void write(std::string_view name, std::string_view text) const {
    std::ofstream(file(name), std::ios::binary) << text;
  }

  static test::ProgramResult check(const std::vector<std::string>& arguments) {
    std::vector<std::string> argv = {SHMX_SHMTOOL, "check"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return test::run_program(argv);
  }

  const Certificate own_ = Certificate::self_signed(
      {.common_name = "shop",
       .not_after_unix_s = shmx::testing::now_unix_s() + 100 * shmx::testing::kDayS});
  const test::TempDir directory_;
};

TEST_F(Check, SaysOkForEachFileOfAWebConfig) {
  const test::ProgramResult result = check({"web-config", file("web.yml")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "OK " + file("web.yml") + "\nOK " + file("cert.pem") + "\nOK " +
                            file("key.pem") + "\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(Check, SaysLineAndColumnOfWhatIsWrong) {
  write("web.yml", "tls_server_config:\n  cert_file: cert.pem\n  keyfile: key.pem\n");
  const test::ProgramResult result = check({"web-config", file("web.yml")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("shmtool: error: " + file("web.yml") +
                                    ":3:3: expected cert_file, cert, key_file, key,"));
  EXPECT_THAT(result.err, HasSubstr(", found keyfile\n"));
}

TEST_F(Check, AnExpiredCertificateIsAWarning) {
  const Certificate expired = Certificate::self_signed({.common_name = "old",
                                                        .not_before_unix_s = 1'500'000'000,
                                                        .not_after_unix_s = 1'600'000'000});
  write("cert.pem", expired.pem());
  write("key.pem", expired.key_pem());
  const test::ProgramResult result = check({"web-config", file("web.yml")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("warning: " + file("cert.pem") +
                                    ": certificate CN=old expired at 2020-09-13T12:26:40Z\n"));
}

TEST_F(Check, SaysOkForAConfiguration) {
  const test::ProgramResult result =
      check({"config", file("a.yml"), "--web.config.file", file("web.yml")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("OK " + file("a.yml") + "\nOK " + file("web.yml") + "\n"));
}

TEST_F(Check, SaysWhatDoesNotGoTogether) {
  write("a.yml", "readers: [{user: alice, operator: true}]\n");
  const test::ProgramResult result =
      check({"config", file("a.yml"), "--web.config.file=" + file("web.yml")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("reader user alice: expected a user of basic_auth_users"));
}

TEST_F(Check, AKeySetThatIsNoneIsAProblemWithItsPlace) {
  write("jwks.json", "{\"keys\": 1}");
  write("a.yml", "issuers: [{issuer: i, audience: a, keys: " + file("jwks.json") + "}]\n");
  const test::ProgramResult result = check({"config", file("a.yml")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("a.yml:1:42: keys " + file("jwks.json") + ": "));
}

TEST_F(Check, AFileThatIsNotThereIsAProblem) {
  for (const char* what : {"web-config", "config"}) {
    const test::ProgramResult result = check({what, file("none.yml")});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.err,
              "shmtool: error: cannot read " + file("none.yml") + ": No such file or directory\n");
  }
}

TEST_F(Check, WithoutAFileSaysHowItIsUsed) {
  for (const char* what : {"web-config", "config"}) {
    const test::ProgramResult result = check({what});
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.err, HasSubstr("FILE is required"));
  }
  EXPECT_NE(check({}).exit_code, 0);
}

TEST_F(Check, OutputThatCannotBeWrittenIsAnError) {
  const test::ProgramResult result = test::run_program(
      {"/bin/sh", "-c", "exec \"$0\" check config \"$1\" >/dev/full", SHMX_SHMTOOL, file("a.yml")});
  EXPECT_EQ(result.exit_code, 1);
}

}  // namespace
}  // namespace shmx::tool
