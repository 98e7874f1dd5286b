// The files of the status page, as they were when the agent was built (agent/status/page/).
#ifndef SHM_EXPORTER_AGENT_STATUS_PAGE_H
#define SHM_EXPORTER_AGENT_STATUS_PAGE_H

#include <span>
#include <string_view>

namespace shmx::status {

struct PageFile {
  std::string_view path;  ///< of the URL
  std::string_view content_type;
  std::string_view bytes;  ///< for as long as the program runs
};

/// The page itself is at "/".
std::span<const PageFile> page_files() noexcept;

/// What it may load and run: itself, from the agent.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace shmx::status

#endif  // SHM_EXPORTER_AGENT_STATUS_PAGE_H
