// For bash. See completion.h.
#include <fmt/format.h>

#include <string>

#include "agent/manual/completion.h"
#include "agent/manual/value.h"

namespace shmx::manual {
namespace {

using config::Command;
using config::CommandOption;

/// As arguments of compgen.
std::string offer(const std::string& name, const std::string& value) {
  switch (kind_of_value(name, value)) {
    case ValueKind::words:
      return fmt::format("-W '{}'", words_of(value));
    case ValueKind::file:
      return "-f";
    case ValueKind::directory:
      return "-o plusdirs -d";
    case ValueKind::other:
      break;
  }
  return {};
}

/// The command that is being typed: each of its words leads further.
void add_steps(const std::string& path, const Command& command, std::string& out) {
  for (const Command& below : command.commands) {
    const std::string longer = path + " " + below.name;
    out += fmt::format("      '{0}') path='{0}' ;;\n", longer);
    add_steps(longer, below, out);
  }
}

void add_values(const std::string& path, const Command& command, std::string& out) {
  for (const CommandOption& option : command.options) {
    if (option.value.empty()) {
      continue;
    }
    std::string names;
    for (const std::string& name : option.names) {
      names += fmt::format("{}'{} {}'", names.empty() ? "" : "|", path, name);
    }
    out += fmt::format("    {}) offer {}; return ;;\n", names,
                       offer(option.names.back(), option.value));
  }
  for (const Command& below : command.commands) {
    add_values(path + " " + below.name, below, out);
  }
}

void add_options(const std::string& path, const Command& command, std::string& out) {
  std::string names;
  for (const CommandOption& option : command.options) {
    for (const std::string& name : option.names) {
      names += (names.empty() ? "" : " ") + name;
    }
  }
  out += fmt::format("      '{}') offer -W '{}' ;;\n", path, names);
  for (const Command& below : command.commands) {
    add_options(path + " " + below.name, below, out);
  }
}

void add_arguments(const std::string& path, const Command& command, std::string& out) {
  std::string names;
  for (const Command& below : command.commands) {
    names += (names.empty() ? "" : " ") + below.name;
  }
  if (!names.empty()) {
    out += fmt::format("    '{}') offer -W '{}' ;;\n", path, names);
  } else if (!command.arguments.empty()) {
    const std::string& name = command.arguments.front().name;
    out += fmt::format("    '{}') offer {} ;;\n", path, offer("", name));
  }
  for (const Command& below : command.commands) {
    add_arguments(path + " " + below.name, below, out);
  }
}

// Of the name, and of the lines of its four cases. Readline makes three words of --name=value.
constexpr const char* kBashScript =
    R"(# bash completion of {0}, made from its own option definitions.
_{0}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} path='{0}' i
  [[ $word != = ]] || word=
  [[ $before != = ]] || before=${{COMP_WORDS[COMP_CWORD - 2]}}
  offer() {{
    [[ $# -eq 0 ]] || mapfile -t COMPREPLY < <(compgen "$@" -- "$word")
    [[ ${{1-}} != -f && ${{1-}} != -o ]] || compopt -o filenames 2>/dev/null
  }}
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path ${{COMP_WORDS[i]}}" in
{1}      *) ;;
    esac
  done
  case "$path $before" in
{2}    *) ;;
  esac
  if [[ $word == -* ]]; then
    case "$path" in
{3}    esac
    return
  fi
  case "$path" in
{4}    *) ;;
  esac
}}
complete -F _{0} {0}
)";

}  // namespace

std::string bash_completion(const Command& command) {
  std::string steps;
  std::string values;
  std::string options;
  std::string arguments;
  add_steps(command.name, command, steps);
  add_values(command.name, command, values);
  add_options(command.name, command, options);
  add_arguments(command.name, command, arguments);
  return fmt::format(kBashScript, command.name, steps, values, options, arguments);
}

}  // namespace shmx::manual
