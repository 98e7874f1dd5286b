// The parameters of a query, decoded as the forms of browsers encode them.
#ifndef SHM_EXPORTER_AGENT_WEB_QUERY_H
#define SHM_EXPORTER_AGENT_WEB_QUERY_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shm/result.h"

namespace shmx::web {

/// Nobody names more by hand, and each is compared with every family of a page.
inline constexpr std::size_t kMaxQueryValues = 256;

/// More than any metric name: what is longer is a mistake.
inline constexpr std::size_t kMaxQueryValueBytes = 1024;

/// The values of all parameters of that name, in their order; other parameters may be anything. The
/// error says, in words for the client, what is malformed, too long or too many.
Result<std::vector<std::string>> query_values(std::string_view query, std::string_view name);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_QUERY_H
