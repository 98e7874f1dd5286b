#include "agent/main/protect.h"

#include <boost/asio/dispatch.hpp>
#include <memory>
#include <utility>
#include <variant>

namespace shmx {
namespace {

identity::Presented presented_by(const web::Request& request) {
  return {request.peer.address, request.peer.tls, request.peer.uid, request.peer.chain,
          std::string(request.header("Authorization"))};
}

/// What a client may show that it has not shown (RFC 9110, 11.6.1).
void add_challenges(const InForce& in_force, web::Response& response) {
  if (!in_force.web.users.empty()) {
    response.headers.push_back({"WWW-Authenticate", "Basic realm=\"shm_exporter\""});
  }
  if (!in_force.settings.policy.issuers.empty()) {
    response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"shm_exporter\""});
  }
}

web::Response refused(const identity::Refusal& refusal, const InForce& in_force) {
  switch (refusal.kind) {
    case identity::Refusal::Kind::forbidden:
      return web::text_response(403, "Forbidden");
    case identity::Refusal::Kind::busy: {
      web::Response response = web::text_response(503, "Service Unavailable");
      response.headers.push_back({"Retry-After", "1"});
      return response;
    }
    case identity::Refusal::Kind::unauthenticated:
      break;
  }
  web::Response response = web::text_response(401, "Unauthorized");
  add_challenges(in_force, response);
  response.close = true;  // Whoever comes again may do so with another certificate.
  return response;
}

}  // namespace

web::Handler protect(Access& access, boost::asio::io_context& loop, ReaderHandler handler) {
  return [&access, &loop, handler = std::make_shared<const ReaderHandler>(std::move(handler))](
             const web::Request& request, const web::Responder& respond) {
    // A password, or a key that has to be fetched, is judged later and elsewhere.
    const auto held = std::make_shared<const web::Request>(request);
    access.judge("http", presented_by(request),
                 [&access, &loop, handler, held, respond](const identity::Verdict& verdict) {
                   if (const auto* refusal = std::get_if<identity::Refusal>(&verdict)) {
                     respond(refused(*refusal, *access.in_force()));
                     return;
                   }
                   boost::asio::dispatch(loop, [handler, held, respond,
                                                reader = std::get<identity::Reader>(verdict)] {
                     (*handler)(*held, reader, respond);
                   });
                 });
  };
}

web::Route protect(Access& access, boost::asio::io_context& loop, web::Route route) {
  route.handler = protect(access, loop,
                          [inner = std::move(route.handler)](
                              const web::Request& request, const identity::Reader& /*reader*/,
                              const web::Responder& respond) { inner(request, respond); });
  return route;
}

web::Route reload_page(Access& access, boost::asio::io_context& loop) {
  const auto reload = [&access](const web::Request& /*request*/, const identity::Reader& reader,
                                const web::Responder& respond) {
    if (!reader.scope.everything) {
      respond(web::text_response(403, "Forbidden"));
      return;
    }
    const bool reloaded = access.reload().ok();
    respond(reloaded ? web::text_response(200, "OK")
                     : web::text_response(500, "The reload failed; the agent's log says why"));
  };
  web::Route route{"/-/reload", protect(access, loop, reload)};
  route.method = "POST";
  return route;
}

}  // namespace shmx
