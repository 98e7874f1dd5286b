// A full method name ("/package.Service/Method") in its two parts.
#ifndef SHM_EXPORTER_SHIM_METHOD_NAME_H
#define SHM_EXPORTER_SHIM_METHOD_NAME_H

#include <string_view>

namespace shmx {

/// Stands for a service or method that is not known by name.
inline constexpr std::string_view kUnknownName = "unknown";

struct MethodName {
  std::string_view service;
  std::string_view method;
  friend bool operator==(const MethodName&, const MethodName&) = default;
};

/// Without the leading '/', split at the last '/'. No '/' gives unknown, unknown. The parts refer
/// to the argument's bytes.
MethodName split_method(std::string_view full_name) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_METHOD_NAME_H
