// See completion.h.
#include "agent/manual/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace shmx::manual {
namespace {

using config::Command;
using config::CommandArgument;
using config::CommandOption;

/// What bash's compgen makes the words of; empty where nothing can be offered.
std::string words_of_value(const std::string& name, const std::string& value) {
  if (value.find('|') != std::string::npos) {
    const bool are_words = std::ranges::none_of(
        value, [](char c) { return (c >= 'A' && c <= 'Z') || c == '[' || c == ':'; });
    std::string words = value;
    std::ranges::replace(words, '|', ' ');
    return are_words ? fmt::format("-W '{}'", words) : "";
  }
  if (value.starts_with("DIR") || name.ends_with("directory")) {
    return "-o plusdirs -d";
  }
  const bool is_file = value == "FILE" || value == "PATH" || value.ends_with(".pem");
  return is_file && !name.ends_with("telemetry-path") ? "-f" : "";
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
                       words_of_value(option.names.back(), option.value));
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
    out += fmt::format("    '{}') offer {} ;;\n", path, words_of_value("", name));
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
