// See users.h.
#include "agent/config/users.h"

#include <pwd.h>

#include <array>

namespace shmx::config {

std::optional<std::uint32_t> user_of_this_host(const std::string& name) {
  // glibc suggests 1 KiB (_SC_GETPW_R_SIZE_MAX); who needs more than this is not found.
  std::array<char, std::size_t{16} * 1024> strings{};
  struct passwd entry {};
  struct passwd* user = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, strings.data(), strings.size(), &user) != 0 ||
      user == nullptr) {
    return std::nullopt;
  }
  return user->pw_uid;
}

}  // namespace shmx::config
