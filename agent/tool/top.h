// `shmtool top`: the loop that reads the agent's feed, draws and answers keys. Here, and in
// top_reader.h, is what waits; the other files of top_* are values in, values out.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_H

#include <cstdint>
#include <optional>
#include <string>

#include "agent/feed/client.h"
#include "agent/tool/top_view.h"

namespace shmx::tool::top {

struct Options {
  feed::Subscription subscription;          ///< its metrics are chosen here
  View view;                                ///< to begin with
  std::optional<std::uint64_t> iterations;  ///< tables with rates; 0: no end. Not given: plain 1
  std::string host;                         ///< as it calls itself
  bool colours = true;
};

/// Until the person leaves, or all iterations were shown; full-screen where standard input and
/// output are a terminal that can be drawn on, else as plain text. Returns the exit code; what went
/// wrong is on standard error.
int run(Options options);

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_H
