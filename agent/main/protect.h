// Pages for those who may see them: every request is judged before its handler sees it.
#ifndef SHM_EXPORTER_AGENT_MAIN_PROTECT_H
#define SHM_EXPORTER_AGENT_MAIN_PROTECT_H

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>

#include "agent/identity/verdict.h"
#include "agent/main/access.h"
#include "agent/web/http.h"
#include "agent/web/router.h"

namespace shmx {

/// A web::Handler that knows who asks.
using ReaderHandler =
    std::function<void(const web::Request&, const identity::Reader&, const web::Responder&)>;

/// Answers 401, 403 or 503 for a reader that is refused, with nothing of why. `loop` is the
/// server's: `handler` is called on its thread. Both references outlive the handler.
web::Handler protect(Access& access, boost::asio::io_context& loop, ReaderHandler handler);

/// The same for a page that shows nothing of anybody.
web::Route protect(Access& access, boost::asio::io_context& loop, web::Route route);

/// `POST /-/reload`: reads the configuration again, for an operator. 200, or 500 if that failed;
/// the log says why.
web::Route reload_page(Access& access, boost::asio::io_context& loop);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_PROTECT_H
