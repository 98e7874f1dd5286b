// Splits a full method name.
#include "shim/method_name.h"

namespace shmx {

MethodName split_method(std::string_view full_name) noexcept {
  if (full_name.starts_with('/')) {
    full_name.remove_prefix(1);
  }
  const std::size_t slash = full_name.rfind('/');
  if (slash == std::string_view::npos) {
    return {kUnknownName, kUnknownName};
  }
  return {full_name.substr(0, slash), full_name.substr(slash + 1)};
}

}  // namespace shmx
