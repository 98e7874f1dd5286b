// See command.h.
#include "agent/config/command.h"

#include <CLI/CLI.hpp>

namespace shmx::config {
namespace {

CommandOption describe_option(const CLI::Option& option) {
  CommandOption described;
  for (const std::string& name : option.get_snames()) {
    described.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    described.names.push_back("--" + name);
  }
  if (option.get_type_size() != 0) {
    described.value = option.get_type_name();
  }
  described.standard = option.get_default_str();
  described.help = option.get_description();
  described.group = option.get_group();
  return described;
}

}  // namespace

Command describe(const CLI::App& app) {
  Command command;
  command.name = app.get_name();
  command.help = app.get_description();
  command.footer = app.get_footer();
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_positional()) {
      command.arguments.push_back({option->get_name(true), option->get_description(),
                                   option->get_required(), option->get_items_expected_max() > 1});
    } else {
      command.options.push_back(describe_option(*option));
    }
  }
  for (const CLI::App* const below : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.commands.push_back(describe(*below));
  }
  return command;
}

}  // namespace shmx::config
