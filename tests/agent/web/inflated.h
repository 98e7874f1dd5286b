// What a client reads out of a gzip body: by zlib, which every scraper's language has.
#ifndef SHM_EXPORTER_TESTS_AGENT_WEB_INFLATED_H
#define SHM_EXPORTER_TESTS_AGENT_WEB_INFLATED_H

#include <string>
#include <string_view>

namespace shmx::web {

/// Throws when the bytes are not one whole gzip member and nothing else.
std::string inflated(std::string_view compressed);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_TESTS_AGENT_WEB_INFLATED_H
