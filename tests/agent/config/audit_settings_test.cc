// The audit log in the configuration file.
#include <gmock/gmock.h>

#include "agent/config/settings.h"

namespace shmx::config {
namespace {

using testing::HasSubstr;

TEST(AuditSettings, AreOffUnlessTheFileSaysWhere) {
  const auto settings = parse_settings("jobs: {}", "a.yml");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings.value().audit.directory, "");
}

TEST(AuditSettings, NeedADirectoryAndAKeyOnly) {
  const auto settings = parse_settings("audit: {directory: /var/audit/, key: /etc/a.key}", "a.yml");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  const audit::Options usual;
  const audit::Options& audit = settings.value().audit;
  EXPECT_EQ(audit.directory, "/var/audit");
  EXPECT_EQ(audit.key_file, "/etc/a.key");
  EXPECT_FALSE(audit.required);
  EXPECT_EQ(audit.checkpoint_every, usual.checkpoint_every);
  EXPECT_EQ(audit.max_file_bytes, usual.max_file_bytes);
  EXPECT_EQ(audit.max_total_bytes, usual.max_total_bytes);
  ASSERT_EQ(settings.value().files.size(), 1U);
  EXPECT_EQ(settings.value().files[0].kind, NamedFile::Kind::audit_key);
  EXPECT_EQ(settings.value().files[0].path, "/etc/a.key");
}

TEST(AuditSettings, AreKept) {
  const auto settings = parse_settings(
      "audit:\n"
      "  max_total_bytes: 1MiB\n"
      "  max_file_bytes: 64KiB\n"
      "  directory: /a\n"
      "  key: /k\n"
      "  required: true\n"
      "  checkpoint_every: 5\n",
      "a.yml");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  const audit::Options& audit = settings.value().audit;
  EXPECT_TRUE(audit.required);
  EXPECT_EQ(audit.checkpoint_every, 5U);
  EXPECT_EQ(audit.max_file_bytes, 65'536U);
  EXPECT_EQ(audit.max_total_bytes, 1'048'576U);
}

struct Mistake {
  const char* lines;  ///< beside a directory and a key, unless they begin with !
  const char* told;
};

class WrongAudit : public testing::TestWithParam<Mistake> {};

TEST_P(WrongAudit, IsAnErrorWithItsPlace) {
  const std::string lines = GetParam().lines;
  const auto settings = parse_settings(
      lines.starts_with('!') ? lines.substr(1) : "audit:\n  directory: /a\n  key: /k\n" + lines,
      "a.yml");
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message, HasSubstr(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongAudit,
    testing::Values(
        Mistake{"!audit: true", "a.yml:1:8: expected a map of settings of audit"},
        Mistake{"!audit: {}", "a.yml:1:8: expected directory and key in audit"},
        Mistake{"!audit: {directory: /a}", "a.yml:1:8: expected directory and key in audit"},
        Mistake{"!audit: {key: /a}", "openssl genpkey -algorithm ed25519"},
        Mistake{"!audit: {directory: a, key: /k}",
                "a.yml:1:20: expected a path that begins with /"},
        Mistake{"!audit: {directory: /a, key: k}",
                "a.yml:1:29: expected a path that begins with /"},
        Mistake{"!audit: {directory: /t/a, key: /k}\ntenants: {shop: {directory: /t}}",
                "a.yml:1:20: expected a directory of the agent's own, found one of tenant shop"},
        Mistake{"  file: /a", "a.yml:4:3: expected directory, key, required, checkpoint_every,"},
        Mistake{"  required: maybe", "a.yml:4:13: expected true or false for required"},
        Mistake{"  checkpoint_every: 0", "a.yml:4:21: expected 1 to 1000000 records"},
        Mistake{"  checkpoint_every: 1000001", "a.yml:4:21: expected 1 to 1000000 records"},
        Mistake{"  max_file_bytes: 63KiB", "a.yml:4:19: expected 64KiB to 16GiB"},
        Mistake{"  max_file_bytes: 17GiB", "a.yml:4:19: expected 64KiB to 16GiB"},
        Mistake{"  max_total_bytes: 127MiB", "a.yml:4:20: expected twice max_file_bytes"},
        Mistake{"  max_file_bytes: 1GiB", "a.yml:2:3: expected max_total_bytes of twice"}));

}  // namespace
}  // namespace shmx::config
