#include "agent/push/endpoint_hint.h"

#include "agent/web/url.h"

namespace shmx::push {
namespace {

constexpr const char* kSignalPath = "/v1/metrics";
constexpr const char* kPrometheusPath = "/api/v1/otlp/v1/metrics";

/// What a path is put after.
std::string stem_of(const std::string& url) {
  std::string stem = web::without_secrets(url);
  while (stem.ends_with('/')) stem.pop_back();
  return stem;
}

}  // namespace

bool misses_its_end(const std::string& url) {
  return stem_of(url).ends_with("/otlp");
}

std::string endpoint_hint(const std::string& url) {
  const std::string known = stem_of(url);
  if (known.ends_with(kPrometheusPath)) {
    return "Prometheus has this path only when it is started to receive OTLP";
  }
  if (!known.ends_with(kSignalPath)) {
    return "the URL is used as it is; try " + known + kSignalPath;
  }
  const std::string host = known.substr(0, known.size() - std::string(kSignalPath).size());
  return "Prometheus receives at " + host + kPrometheusPath;
}

}  // namespace shmx::push
