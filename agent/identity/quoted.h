// What a stranger presented, made fit for a message.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_QUOTED_H
#define SHM_EXPORTER_AGENT_IDENTITY_QUOTED_H

#include <string>
#include <string_view>
#include <vector>

namespace shmx::identity {

/// Cut after 200 bytes; what is not printable ASCII, and quotes, as \xHH. (Named so because
/// `quoted` of a std::string would also find std::quoted.)
std::string in_quotes(std::string_view text);

/// Each quoted, joined by commas; the first 5 of them, and how many more there are. Of none:
/// "none".
std::string quoted_list(const std::vector<std::string>& texts);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_QUOTED_H
