// A terminal that pages are drawn on and keys come from. ncurses stays behind this header.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_SCREEN_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_SCREEN_H

#include <memory>
#include <optional>

#include "agent/tool/top_page.h"

namespace shmx::tool::top {

/// There is one at a time. Not thread-safe.
class Screen {
 public:
  /// Takes the terminal of standard input and output. Null where there is none, or one that cannot
  /// be drawn on (TERM is unknown or dumb).
  static std::unique_ptr<Screen> open(bool colours);

  /// Leaves the terminal as it was.
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  Size size() const;

  void draw(const Page& page);

  /// Nothing when no key waits. Does not block, but for the rest of a key that sends several bytes.
  std::optional<Key> next_key();

  /// Takes over the terminal's size, when that has changed (SIGWINCH).
  void resize();

 private:
  class Impl;
  explicit Screen(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_SCREEN_H
