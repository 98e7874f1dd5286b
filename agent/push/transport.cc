#include "agent/push/transport.h"

#include "agent/push/grpc_transport.h"
#include "agent/push/http_transport.h"

namespace shmx::push {

Result<std::unique_ptr<Transport>> make_transport(const Options& options,
                                                  const std::string& user_agent) {
  return options.protocol == Protocol::grpc ? make_grpc_transport(options, user_agent)
                                            : make_http_transport(options, user_agent);
}

}  // namespace shmx::push
