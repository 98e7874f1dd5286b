// See command_line.h.
#include "agent/tool/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "agent/tool/audit.h"
#include "agent/tool/commands.h"
#include "agent/tool/dump.h"
#include "agent/tool/printable.h"
#include "agent/tool/segment.h"
#include "agent/tool/suggestion.h"

namespace shmx::tool {
namespace {

using config::Command;

int dump(const std::string& path, bool as_json) {
  const Result<Segment> segment = load(path);
  if (!segment) {
    fmt::print(stderr, "shmtool: {}\n", segment.error().message);
    return kFailed;
  }
  return print_out(as_json ? dump_json(segment.value()) : dump_text(segment.value())) ? 0 : kFailed;
}

void declare_dump(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand("dump", "Print everything that a segment holds.");
  const auto path = std::make_shared<std::string>();
  const auto as_json = std::make_shared<bool>(false);
  command->add_option("FILE", *path, "a segment file (*.shmx)")->required();
  command->add_flag("--json", *as_json, "print one JSON object");
  command->callback([path, as_json, &code] { code = dump(*path, *as_json); });
}

void declare_audit(CLI::App& app, int& code) {
  CLI::App* audit = app.add_subcommand("audit", "Look at an audit log.");
  audit->require_subcommand(1);
  CLI::App* verify = audit->add_subcommand(
      "verify", "Verify an audit log: every line, hash and signature. 0: it is whole.");
  const auto flags = std::make_shared<AuditFlags>();
  verify->add_option("PATH", flags->paths, "The log's directory, or files of it in their order.")
      ->required();
  verify->add_option("--key", flags->key_files, "The public key that the log begins with.")
      ->type_name("PUBLIC.pem");
  verify->add_option("--key-id", flags->key_ids, "Or the first 32 hex digits of its SHA-256.")
      ->type_name("ID");
  verify
      ->add_option("--anchor", flags->anchors,
                   "A head that was noted elsewhere: 13 hex digits, or the\n"
                   "numbers of the gauges on /metrics as they are.")
      ->type_name("SEQ:HEX|RECORDS=PREFIX");
  for (const char* const name : {"--key", "--key-id", "--anchor"}) {
    verify->get_option(name)->expected(1)->take_all();
  }
  verify->callback([flags, &code] { code = verify_audit(*flags); });
}

void declare(CLI::App& app, int& code, const std::string& version) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "shmtool, version " + version, "Show the version.");
  declare_dump(app, code);
  declare_top(app, code);
  declare_audit(app, code);
  declare_check(app, code);
}

constexpr const char* kDescription =
    "Looks at the shared-memory segments of shm_exporter, and at what it adds up.";

std::string meant(std::string_view word, const std::vector<std::string>& candidates) {
  const auto found = nearest(word, candidates);
  return found ? fmt::format("; did you mean {}?", *found)
               : fmt::format("; expected {}", fmt::join(candidates, ", "));
}

std::vector<std::string> names_of(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const Command& command : commands) {
    names.push_back(command.name);
  }
  return names;
}

/// The first word that looks like an option and is none of the command's, with what may be meant.
std::string unknown_option(const Command& command, std::vector<std::string>::const_iterator word,
                           std::vector<std::string>::const_iterator end) {
  std::vector<std::string> names;
  for (const config::CommandOption& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  for (; word != end && *word != "--"; ++word) {
    const std::string name = word->substr(0, word->find('='));
    if (name.starts_with("--") && std::ranges::find(names, name) == names.end()) {
      return fmt::format("there is no option {}{}", printable(name), meant(name, names));
    }
  }
  return {};
}

/// What is wrong with a command line that CLI11 does not take, and what to do.
std::string mistake(const Command& all, const std::vector<std::string>& arguments,
                    const std::string& otherwise) {
  const Command* command = &all;
  std::string path = all.name;
  std::string problem;
  auto word = arguments.begin();
  for (; word != arguments.end() && !command->commands.empty() && !word->starts_with('-'); ++word) {
    const auto found = std::ranges::find(command->commands, *word, &Command::name);
    if (found == command->commands.end()) {
      problem = fmt::format("there is no command {} {}{}", path, printable(*word),
                            meant(*word, names_of(command->commands)));
      break;
    }
    command = &*found;
    path += " " + found->name;
  }
  if (problem.empty()) {
    problem = unknown_option(*command, word, arguments.end());
  }
  if (problem.empty() && !command->commands.empty()) {
    problem =
        fmt::format("{} needs a command: {}", path, fmt::join(names_of(command->commands), ", "));
  }
  return fmt::format("{}\nTry: {} --help", problem.empty() ? otherwise : problem, path);
}

}  // namespace

bool print_out(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) {
    std::perror("shmtool: cannot write to standard output");
  }
  return written;
}

Command describe_commands() {
  int code = 0;
  CLI::App app(kDescription, "shmtool");
  declare(app, code, "");
  return config::describe(app);
}

int run(const std::vector<std::string>& arguments, const std::string& version) {
  int code = 0;
  CLI::App app(kDescription, "shmtool");
  declare(app, code, version);
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Success& told) {  // --help, --version
    return app.exit(told);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "shmtool: {}\n", mistake(config::describe(app), arguments, error.what()));
    return kUsageError;
  }
  return code;
}

}  // namespace shmx::tool
