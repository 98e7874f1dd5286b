// What users say of the OTLP push, and what becomes of it, for tests.
#ifndef SHM_EXPORTER_TESTS_AGENT_CONFIG_OTLP_GIVEN_H
#define SHM_EXPORTER_TESTS_AGENT_CONFIG_OTLP_GIVEN_H

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/config/otlp_settings.h"

namespace shmx::config {

/// What the three sources say, the file as the lines below `otlp:`.
struct Given {
  Environment environment{};
  std::string file{};
  std::vector<std::string> flags{};
};

inline Result<OtlpSettings> read(const Given& given) {
  auto parsed = parse_flags(given.flags, "1");
  if (const auto* exit = std::get_if<Exit>(&parsed)) {
    return Error{exit->text};
  }
  auto file = parse_settings(given.file.empty() ? "" : "otlp:\n" + given.file, "a.yml");
  if (!file) {
    return file.error();
  }
  return otlp_settings(given.environment, file.value(), std::get<Flags>(parsed), "host1");
}

inline push::Options options(const Given& given) {
  auto settings = read(given);
  if (!settings || !settings.value().push) {
    ADD_FAILURE() << (settings ? "push is off" : settings.error().message);
    return {};
  }
  EXPECT_THAT(settings.value().warnings, testing::IsEmpty());
  return *std::move(settings.value().push);
}

}  // namespace shmx::config

#endif  // SHM_EXPORTER_TESTS_AGENT_CONFIG_OTLP_GIVEN_H
