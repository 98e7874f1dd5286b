#include "agent/web/front.h"

#include "agent/web/tls_context.h"

namespace shmx::web {

Result<std::shared_ptr<const Front>> make_front(const Config& config) {
  std::shared_ptr<const TlsContext> tls;
  if (config.tls) {
    auto made = TlsContext::make(*config.tls);
    if (!made) return Error{"tls_server_config: " + made.error().message, made.error().code};
    tls = std::move(made).value();
  }
  std::vector<Header> headers;
  headers.reserve(config.headers.size());
  for (const auto& [name, value] : config.headers) headers.push_back({name, value});
  return std::shared_ptr<const Front>(
      std::make_shared<const Front>(std::move(tls), std::move(headers), config.rate_limit));
}

}  // namespace shmx::web
