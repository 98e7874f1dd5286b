#include "agent/scan/refusals.h"

namespace shmx::scan {

void Refusals::count(std::string_view reason, const std::string& path, const std::string& detail) {
  const std::uint64_t count = ++counts_[std::string(reason)];
  if (!warn_ || count > kMaxWarningsPerReason) {
    return;
  }
  std::string line = "refused " + path + ": " + std::string(reason);
  if (!detail.empty()) {
    line += " (" + detail + ")";
  }
  if (count == kMaxWarningsPerReason) {
    line += "; further ones of this reason are only counted";
  }
  warn_(line);
}

}  // namespace shmx::scan
