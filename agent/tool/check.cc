// See check.h.
#include "agent/tool/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string>
#include <variant>
#include <vector>

#include "agent/config/config_check.h"
#include "agent/config/flags.h"
#include "agent/identity/token.h"

namespace shmx::tool {
namespace {

Result<std::vector<std::string>> judge_key_set(const std::string& json) {
  const auto keys = identity::KeySet::parse(json);
  if (!keys) {
    return keys.error();
  }
  return keys.value().left_out();
}

/// Configurations may hold secrets, so that only some may read them.
int with_hint(int code, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    if (code != 0 && !file.empty() && ::access(file.c_str(), R_OK) != 0 && errno == EACCES) {
      fmt::print(stderr, "shmtool: {} is not for everybody: run shmtool as root (sudo)\n", file);
    }
  }
  return code;
}

}  // namespace

int check_web_config(const std::string& path) {
  return with_hint(
      config::print_report(config::check_web_config(path, std::time(nullptr)), "shmtool"), {path});
}

int check_config(const ConfigFiles& files) {
  // Without arguments there is nothing to refuse.
  auto flags = std::get<config::Flags>(config::parse_flags({}, ""));
  flags.config_file = files.config;
  flags.web_config_file = files.web_config;
  return with_hint(
      config::print_report(
          config::check_configuration(flags, {}, std::time(nullptr), judge_key_set), "shmtool"),
      {files.config, files.web_config});
}

}  // namespace shmx::tool
