// shmtool, for the person who looks at segments, or at an agent.
#include <cstdio>
#include <exception>

#include "agent/tool/command_line.h"

int main(int argc, char** argv) {
  try {
    return shmx::tool::run({argv + (argc > 0 ? 1 : 0), argv + argc}, SHMX_VERSION);
  } catch (const std::exception& error) {  // out of memory, or a library's
    std::fprintf(stderr, "shmtool: %s\n", error.what());
    return 1;
  }
}
