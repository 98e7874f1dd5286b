// Which content codings a client takes, from its Accept-Encoding header. Compressing is gzip.h's
// business.
#ifndef SHM_EXPORTER_AGENT_WEB_CONTENT_CODING_H
#define SHM_EXPORTER_AGENT_WEB_CONTENT_CODING_H

#include <string_view>

namespace shmx::web {

struct ContentCodings {
  bool gzip = false;     ///< taken, and liked at least as well as no coding
  bool identity = true;  ///< taken; where neither is, no coding is what is sent
  friend bool operator==(const ContentCodings&, const ContentCodings&) = default;
};

/// RFC 9110, 12.5.3; of several headers, the values joined by commas. Names compare without case,
/// x-gzip is gzip, a name said twice counts as said first. What is malformed says nothing: a
/// scraper is better served plainly than not at all. Never fails.
ContentCodings accepted_codings(std::string_view accept_encoding) noexcept;

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_CONTENT_CODING_H
