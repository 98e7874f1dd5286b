#include "agent/push/destination.h"

#include <utility>

#include "agent/push/request_headers.h"

namespace shmx::push {

Result<Destination> open_destination(const Options& options, std::uint16_t default_port) {
  auto url = web::parse_url(options.url, default_port);
  if (!url) return url.error();
  auto headers = request_headers(options);
  if (!headers) return headers.error();
  auto token = BearerToken::open(options.bearer_token_file);
  if (!token) return token.error();
  std::optional<WatchedTls> tls;
  if (url->tls) {
    auto opened = WatchedTls::open(options.tls);
    if (!opened) return opened.error();
    tls = std::move(opened).value();
  }
  return Destination{std::move(url).value(), std::move(headers).value(), std::move(token).value(),
                     std::move(tls)};
}

}  // namespace shmx::push
