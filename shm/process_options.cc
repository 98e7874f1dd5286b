#include "shm/process_options.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include "shm/descriptor.h"
#include "shm/layout.h"

namespace shmx {
namespace {

std::string from_environment(const char* name) {
  const char* const value = ::secure_getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string executable_name() {
  std::array<char, 4096> path;
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) {
    return program_invocation_short_name;
  }
  std::string name(path.data(), static_cast<std::size_t>(length));
  // A binary that was replaced while it runs (an upgrade) is still the same service.
  constexpr std::string_view kDeleted = " (deleted)";
  if (name.ends_with(kDeleted)) {
    name.resize(name.size() - kDeleted.size());
  }
  return name.substr(name.find_last_of('/') + 1);
}

std::string as_service_name(std::string name) {
  if (name.size() > layout::kMaxServiceBytes) {
    name.resize(layout::kMaxServiceBytes);
    while (!name.empty() && !is_utf8(name)) {
      name.pop_back();  // Not in the middle of a character.
    }
  }
  return name.empty() || !is_utf8(name) ? "unknown_service" : name;
}

}  // namespace

ProcessOptions resolved(ProcessOptions options) {
  if (options.service.empty()) {
    options.service = from_environment("OTEL_SERVICE_NAME");
  }
  if (options.service.empty()) {
    options.service = options.fallback_service;
  }
  if (options.service.empty()) {
    options.service = executable_name();
  }
  options.service = as_service_name(std::move(options.service));
  if (options.directory.empty()) {
    options.directory = from_environment("SHM_EXPORTER_DIR");
  }
  if (options.directory.empty()) {
    options.directory = kDefaultDirectory;
  }
  if (options.certificate_chain_file.empty()) {
    options.certificate_chain_file = from_environment("SHM_EXPORTER_CERTIFICATE_CHAIN_FILE");
  }
  if (options.max_series == 0) {
    options.max_series = kDefaultMaxSeries;
  }
  if (options.max_segment_bytes == 0) {
    options.max_segment_bytes = kDefaultMaxSegmentBytes;
  }
  return options;
}

}  // namespace shmx
