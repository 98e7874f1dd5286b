// Resolves the series of methods that were not called yet.
#include "shim/zero_initialize.h"

#include "shim/status_code_names.h"
#include "shm/registry.h"

namespace shmx {

void zero_initialize(const std::vector<RpcMethod*>& methods, const RpcOptions& options) noexcept {
  for (RpcMethod* const method : methods) {
    MethodSeries* const series = method->series();
    if (series == nullptr) {
      continue;
    }
    for (const grpc::StatusCode code : options.zero_initialize_codes) {
      series->resolve(code);
    }
    for (int code = 0; options.zero_initialize_codes.empty() && code < kStatusCodes; ++code) {
      series->resolve(code);
    }
  }
  publish();
}

}  // namespace shmx
