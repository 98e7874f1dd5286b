// shmtool's command line. What the commands do is in the other files of this room.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "agent/tool/dump.h"
#include "agent/tool/segment.h"

namespace {

constexpr int kFailed = 1;

int dump(const std::string& path, bool as_json) {
  const shmx::Result<shmx::tool::Segment> segment = shmx::tool::load(path);
  if (!segment) {
    fmt::print(stderr, "shmtool: {}\n", segment.error().message);
    return kFailed;
  }
  const std::string text =
      as_json ? shmx::tool::dump_json(segment.value()) : shmx::tool::dump_text(segment.value());
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    std::perror("shmtool: cannot write to standard output");
    return kFailed;
  }
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app("Looks at the shared-memory segments of shm_exporter.", "shmtool");
  app.require_subcommand(1);

  std::string path;
  bool as_json = false;
  CLI::App* dump_command = app.add_subcommand("dump", "Print everything that a segment holds.");
  dump_command->add_option("FILE", path, "a segment file (*.shmx)")->required();
  dump_command->add_flag("--json", as_json, "print one JSON object");

  CLI11_PARSE(app, argc, argv);
  return dump(path, as_json);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // out of memory, or a library's
    fmt::print(stderr, "shmtool: {}\n", error.what());
    return kFailed;
  }
}
