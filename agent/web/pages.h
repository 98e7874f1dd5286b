// The probes that every exporter has besides its pages.
#ifndef SHM_EXPORTER_AGENT_WEB_PAGES_H
#define SHM_EXPORTER_AGENT_WEB_PAGES_H

#include <functional>

#include "agent/web/router.h"

namespace shmx::web {

/// `/-/healthy`: 200 as long as the loop runs.
Route health_page();

/// `/-/ready`: 200 when `is_ready` says so, else 503. `is_ready` is called on the loop's thread.
Route readiness_page(std::function<bool()> is_ready);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_PAGES_H
