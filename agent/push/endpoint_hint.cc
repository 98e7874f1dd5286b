#include "agent/push/endpoint_hint.h"

namespace shmx::push {
namespace {

constexpr const char* kSignalPath = "/v1/metrics";
constexpr const char* kPrometheusPath = "/api/v1/otlp/v1/metrics";

std::string without_slashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

bool misses_its_end(const std::string& url) {
  return without_slashes(url).ends_with("/otlp");
}

std::string endpoint_hint(const std::string& url) {
  const std::string known = without_slashes(url);
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
