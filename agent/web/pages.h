// The pages that every exporter has besides its metrics: the landing page and the two probes.
#ifndef SHM_EXPORTER_AGENT_WEB_PAGES_H
#define SHM_EXPORTER_AGENT_WEB_PAGES_H

#include <functional>
#include <string>
#include <vector>

#include "agent/web/http.h"
#include "agent/web/router.h"

namespace shmx::web {

struct Link {
  std::string path;
  std::string text;
};

/// `/`, with links to the other pages. The texts are the program's own and need no escaping in
/// HTML.
Route landing_page(const std::string& title, const std::string& description,
                   const std::vector<Link>& links);

/// `/-/healthy`: 200 as long as the loop runs.
Route health_page();

/// `/-/ready`: 200 when `is_ready` says so, else 503. `is_ready` is called on the loop's thread.
Route readiness_page(std::function<bool()> is_ready);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_PAGES_H
