// See check.h.
#include "agent/tool/check.h"

#include <ctime>
#include <variant>

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

}  // namespace

int check_web_config(const std::string& path) {
  return config::print_report(config::check_web_config(path, std::time(nullptr)), "shmtool");
}

int check_config(const ConfigFiles& files) {
  // Without arguments there is nothing to refuse.
  auto flags = std::get<config::Flags>(config::parse_flags({}, ""));
  flags.config_file = files.config;
  flags.web_config_file = files.web_config;
  return config::print_report(
      config::check_configuration(flags, {}, std::time(nullptr), judge_key_set), "shmtool");
}

}  // namespace shmx::tool
