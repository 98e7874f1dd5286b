// Makes, at build time, the manual pages and the completions of both programs:
//   shmx_manual TEXTS OUT VERSION
// reads TEXTS/PROGRAM.txt and writes OUT/PROGRAM.1, .bash and .fish.
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "agent/config/flags.h"
#include "agent/config/otlp_table.h"
#include "agent/manual/completion.h"
#include "agent/manual/page.h"
#include "agent/tool/command_line.h"

namespace {

// Stands in the text where OpenTelemetry's variables are told of.
constexpr std::string_view kOtlpVariables = "%otlp\n";

std::string otlp_variables() {
  std::string text;
  for (const shmx::config::OtlpSetting& setting : shmx::config::otlp_table()) {
    std::string names;
    for (const std::string_view variable : setting.variables) {
      names.append(names.empty() || variable.empty() ? "" : ", ").append(variable);
    }
    if (names.empty()) {
      continue;
    }
    text.append("= ").append(names).append("\nAs the key ").append(setting.word);
    text.append(" of otlp in the configuration file");
    text += setting.help.empty() ? ".\n" : ", or " + otlp_flag(setting) + ".\n";
  }
  return text;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) {
    throw std::runtime_error("cannot read " + path);
  }
  if (const std::size_t at = text.find(kOtlpVariables); at != std::string::npos) {
    text.replace(at, kOtlpVariables.size(), otlp_variables());
  }
  return text;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) {
    throw std::runtime_error("cannot write " + path);
  }
}

void make(const shmx::config::Command& command, const std::string& texts, const std::string& out,
          const std::string& version) {
  const std::string text = read_text(texts + "/" + command.name + ".txt");
  write(out + "/" + command.name + ".1", shmx::manual::manual_page(command, text, version));
  write(out + "/" + command.name + ".bash", shmx::manual::bash_completion(command));
  write(out + "/" + command.name + ".fish", shmx::manual::fish_completion(command));
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kArguments = 4;
  if (argc != kArguments) {
    std::fputs("usage: shmx_manual TEXTS OUT VERSION\n", stderr);
    return 2;
  }
  try {
    make(shmx::config::describe_flags(), argv[1], argv[2], argv[3]);
    make(shmx::tool::describe_commands(), argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "shmx_manual: %s\n", error.what());
    return 1;
  }
  return 0;
}
