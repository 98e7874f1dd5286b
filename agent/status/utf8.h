#ifndef SHM_EXPORTER_AGENT_STATUS_UTF8_H
#define SHM_EXPORTER_AGENT_STATUS_UTF8_H

#include <string>
#include <string_view>

namespace shmx::status {

/// The text with U+FFFD for every byte that is no part of a character: a file's name may hold any.
std::string valid_utf8(std::string_view text);

}  // namespace shmx::status

#endif  // SHM_EXPORTER_AGENT_STATUS_UTF8_H
