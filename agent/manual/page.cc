// See page.h.
#include "agent/manual/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "agent/manual/roff.h"

namespace shmx::manual {
namespace {

using config::Command;
using config::CommandArgument;
using config::CommandOption;

std::string upper_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string bold(std::string_view text) {
  return fmt::format("\\fB{}\\fR", escaped(text));
}

std::string italic(std::string_view text) {
  return fmt::format("\\fI{}\\fR", escaped(text));
}

std::string option_text(const CommandOption& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) {
    names.push_back(bold(name));
  }
  return fmt::format(
      ".TP\n{}{}\n{}\n{}", fmt::join(names, ", "),
      option.value.empty() ? "" : fmt::format(" {}", italic(option.value)), escaped(option.help),
      option.standard.empty() ? "" : fmt::format("Default: {}.\n", escaped(option.standard)));
}

std::string argument_text(const CommandArgument& argument) {
  return fmt::format(".TP\n{}\n{}\n", italic(argument.name), escaped(argument.help));
}

std::string usage(const std::string& path, const Command& command) {
  std::string text = bold(path);
  if (!command.options.empty()) {
    text += fmt::format(" [{}]...", italic("OPTION"));
  }
  for (const CommandArgument& argument : command.arguments) {
    const std::string name = italic(argument.name) + (argument.repeatable ? "..." : "");
    text += argument.required ? fmt::format(" {}", name) : fmt::format(" [{}]", name);
  }
  return text;
}

/// A command that can be given as it is, with the words that lead to it.
struct Leaf {
  std::string path;
  const Command* command;
};

void collect_leaves(const std::string& path, const Command& command, std::vector<Leaf>& leaves) {
  if (command.commands.empty()) {
    leaves.push_back({path, &command});
  }
  for (const Command& below : command.commands) {
    collect_leaves(path + " " + below.name, below, leaves);
  }
}

std::string options_text(const std::vector<CommandOption>& options) {
  std::string text = ".SH OPTIONS\n";
  std::string group;
  for (const CommandOption& option : options) {
    if (option.group != group && option.group != "Options") {
      text += fmt::format(".SS {}\n", escaped(option.group));
    }
    group = option.group;
    text += option_text(option);
  }
  return text;
}

std::string commands_text(const std::vector<Leaf>& leaves) {
  std::string text = ".SH COMMANDS\n";
  for (const Leaf& leaf : leaves) {
    text +=
        fmt::format(".SS {}\n{}\n", usage(leaf.path, *leaf.command), escaped(leaf.command->help));
    if (!leaf.command->footer.empty()) {
      text += escaped(leaf.command->footer) + "\n";
    }
    for (const CommandArgument& argument : leaf.command->arguments) {
      text += argument_text(argument);
    }
    for (const CommandOption& option : leaf.command->options) {
      text += option_text(option);
    }
  }
  return text;
}

/// Where the section of this number (from 0) begins; the end if there are fewer.
std::size_t section_begin(std::string_view text, int number) {
  std::size_t at = 0;
  for (; number > 0 && at != std::string_view::npos; --number) {
    at = text.find("\n# ", at + 1);
  }
  return at == std::string_view::npos ? text.size() : at + (text.substr(at, 1) == "\n" ? 1 : 0);
}

}  // namespace

std::string manual_page(const Command& command, std::string_view text, std::string_view version) {
  std::vector<Leaf> leaves;
  collect_leaves(command.name, command, leaves);
  std::string synopsis = ".SH SYNOPSIS\n.nf\n";
  for (const Leaf& leaf : leaves) {
    synopsis += usage(leaf.path, *leaf.command) + "\n";
  }
  synopsis += ".fi\n";
  const std::size_t description = section_begin(text, 1);
  const std::size_t others = section_begin(text, 2);
  return fmt::format(".TH {} 1 \"\" \"shm_exporter {}\" \"shm_exporter\"\n{}{}{}{}{}{}",
                     upper_case(command.name), escaped(version),
                     sections(text.substr(0, description)), synopsis,
                     sections(text.substr(description, others - description)),
                     command.commands.empty() ? "" : commands_text(leaves),
                     options_text(command.options), sections(text.substr(others)));
}

}  // namespace shmx::manual
