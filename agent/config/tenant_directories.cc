// See tenant_directories.h.
#include "agent/config/tenant_directories.h"

#include <filesystem>

#include "shm/registry.h"

namespace shmx::config {

std::string usual_directory(const std::string& tenant) {
  return tenant == kDefaultTenant ? std::string(kDefaultDirectory)
                                  : "/run/shm-exporter/tenants/" + tenant;
}

std::string normal_directory(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') {
    normal.pop_back();
  }
  return normal;
}

bool is_within(std::string_view path, std::string_view directory) noexcept {
  return path == directory || directory == "/" ||
         (path.starts_with(directory) && path[directory.size()] == '/');
}

}  // namespace shmx::config
