// For fish. See completion.h.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "agent/manual/completion.h"
#include "agent/manual/value.h"

namespace shmx::manual {
namespace {

using config::Command;
using config::CommandOption;

/// In single quotes; fish knows two escapes there.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      out += '\\';
    }
    out += c == '\n' ? ' ' : c;
  }
  return out + "'";
}

std::string names_of(const std::vector<Command>& commands) {
  std::string names;
  for (const Command& command : commands) {
    names.append(names.empty() ? "" : " ").append(command.name);
  }
  return names;
}

/// What is offered for a value, as arguments of `complete`.
std::string offer(const std::string& name, const std::string& value) {
  switch (kind_of_value(name, value)) {
    case ValueKind::words:
      return "-f -a " + quoted(words_of(value));
    case ValueKind::file:
      return "-F";
    case ValueKind::directory:
      return "-f -a '(__fish_complete_directories)'";
    case ValueKind::other:
      break;
  }
  return "-f";
}

std::string option_text(const CommandOption& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.value.empty()) {
    text.append(" -r ").append(offer(option.names.back(), option.value));
  }
  return text.append(" -d ").append(quoted(option.help));
}

/// Lines for what may follow `condition`, which holds when the words before lead to this command.
void add(const std::string& program, const std::string& condition, const Command& command,
         std::string& out) {
  std::string here = condition;
  if (!command.commands.empty()) {
    here += fmt::format("{}not __fish_seen_subcommand_from {}", here.empty() ? "" : "; and ",
                        names_of(command.commands));
  }
  const std::string begin =
      fmt::format("complete -c {}{}", program, here.empty() ? "" : " -n " + quoted(here));
  for (const Command& below : command.commands) {
    out += fmt::format("{} -a {} -d {}\n", begin, below.name, quoted(below.help));
  }
  for (const CommandOption& option : command.options) {
    out += begin + option_text(option) + "\n";
  }
  if (!command.arguments.empty()) {
    out += fmt::format("{} {}\n", begin, offer("", command.arguments.front().name));
  }
  for (const Command& below : command.commands) {
    add(program,
        fmt::format("{}{}__fish_seen_subcommand_from {}", condition,
                    condition.empty() ? "" : "; and ", below.name),
        below, out);
  }
}

}  // namespace

std::string fish_completion(const Command& command) {
  std::string out = fmt::format(
      "# fish completion of {0}, made from its own option definitions.\n"
      "complete -c {0} -f\n",
      command.name);
  add(command.name, "", command, out);
  return out;
}

}  // namespace shmx::manual
