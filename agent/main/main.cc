// shm_exporter, the host agent's program: its command line, its log, its exit code.
#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

#include "agent/config/config_check.h"
#include "agent/config/flags.h"
#include "agent/config/log.h"
#include "agent/identity/token.h"
#include "agent/main/agent.h"
#include "agent/main/host.h"
#include "agent/main/service_manager.h"

namespace {

using shmx::config::Flags;
using shmx::config::log;
using shmx::config::LogLevel;

// What a run that cannot start exits with.
constexpr int kStartError = 1;

shmx::Result<std::vector<std::string>> judge_key_set(const std::string& json) {
  const auto keys = shmx::identity::KeySet::parse(json);
  if (!keys) {
    return keys.error();
  }
  return keys.value().left_out();
}

int run(const std::vector<std::string>& arguments) {
  const auto parsed = shmx::config::parse_flags(arguments, SHMX_VERSION);
  if (const auto* exit = std::get_if<shmx::config::Exit>(&parsed)) {
    std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
  }
  const Flags& flags = std::get<Flags>(parsed);
  if (flags.config_check) {
    return shmx::config::print_report(
        shmx::config::check_configuration(flags, shmx::environment(), std::time(nullptr),
                                          judge_key_set),
        "shm_exporter");
  }
  // Whoever read the log may have gone: that must not end the agent.
  std::signal(SIGPIPE, SIG_IGN);
  shmx::config::set_up_log(flags.log_level, flags.log_format);
  log(LogLevel::info, "Starting shm_exporter", {{"version", SHMX_VERSION}});
  const auto manager = shmx::ServiceManager::take();
  const auto agent = shmx::Agent::make(flags, shmx::environment(), SHMX_VERSION, manager);
  if (!agent) {
    std::fprintf(stderr, "shm_exporter: error: %s\n", agent.error().message.c_str());
    return kStartError;
  }
  agent.value()->run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const std::exception& unexpected) {
    std::fprintf(stderr, "shm_exporter: error: %s\n", unexpected.what());
    return kStartError;
  }
}
