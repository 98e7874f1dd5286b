#include "agent/main/segment_directory.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

namespace shmx {
namespace {

// Set-gid: segments get the directory's group, which reads them. Sticky: only the owner removes.
// Nobody but the owner lists.
constexpr mode_t kMode = 03733;
constexpr mode_t kTenantMode = 03730;

std::string octal(mode_t mode) {
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%o", static_cast<unsigned>(mode));
  return digits.data();
}

// Whatever the umask: who cannot pass the parents cannot reach the directory. A failure shows
// below.
void make_parents(const std::filesystem::path& path) {
  std::error_code error;
  if (path.empty() || std::filesystem::exists(path, error)) {
    return;
  }
  make_parents(path.parent_path());
  if (::mkdir(path.c_str(), 0700) == 0) {
    static_cast<void>(::chmod(path.c_str(), 0755));
  }
}

Result<bool> make_directory(const std::string& path, std::optional<gid_t> group, mode_t mode) {
  make_parents(std::filesystem::path(path).parent_path());
  if (::mkdir(path.c_str(), 0700) != 0) {
    return Error{"cannot create " + path + ": " + std::strerror(errno), errno};
  }
  // The group first: to change it takes the set-gid bit away.
  if (group && ::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
    const Error error{"cannot give " + path + " to the group " + std::to_string(*group) + ": " +
                          std::strerror(errno) + " (the agent must be root or a member of it)",
                      errno};
    ::rmdir(path.c_str());  // So that it is made right once it can be.
    return error;
  }
  if (::chmod(path.c_str(), mode) != 0) {  // Whatever the umask.
    return Error{
        "cannot set the mode of " + path + " to " + octal(mode) + ": " + std::strerror(errno),
        errno};
  }
  return true;
}

/// By name or number.
Result<gid_t> group_of(const std::string& group) {
  gid_t number = 0;
  const char* const end = group.data() + group.size();
  if (const auto read = std::from_chars(group.data(), end, number);
      read.ec == std::errc() && read.ptr == end) {
    return number;
  }
  // Enough for a group of thousands of members.
  constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
  std::vector<char> buffer(kBufferBytes);
  struct group entry {};
  struct group* found = nullptr;
  const int code = ::getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) {
    return Error{"there is no group " + group + (code == 0 ? "" : ": ") +
                     (code == 0 ? "; create it with groupadd --system " + group
                                : std::string(std::strerror(code))),
                 code};
  }
  return entry.gr_gid;
}

/// Whoever can rename a directory above another can put one of their own in its place.
Result<bool> check_parents(const std::string& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::canonical(path, error);
  for (std::filesystem::path above = whole.parent_path();; above = above.parent_path()) {
    struct stat status {};
    if (::stat(above.c_str(), &status) != 0) {
      return Error{"cannot look at " + above.string() + ": " + std::strerror(errno), errno};
    }
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
      return Error{above.string() + ", above " + path + ", is uid " +
                   std::to_string(status.st_uid) + "'s, who can replace it: run chown root " +
                   above.string()};
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0) {
      return Error{above.string() + ", above " + path + ", has the mode " +
                   octal(status.st_mode & 07777) + ", so others can replace it: run chmod go-w " +
                   above.string()};
    }
    if (above == above.parent_path()) {
      return true;
    }
  }
}

Result<bool> check_directory(const std::string& path, gid_t group, mode_t mode) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return Error{"cannot look at " + path + ": " + std::strerror(errno), errno};
  }
  const uid_t agent = ::geteuid();
  if (status.st_uid != agent || status.st_gid != group || (status.st_mode & 07777) != mode) {
    const std::string owners = std::to_string(agent) + ":" + std::to_string(group);
    return Error{path + " is of " + std::to_string(status.st_uid) + ":" +
                 std::to_string(status.st_gid) + " with the mode " + octal(status.st_mode & 07777) +
                 ", not of " + owners + " with " + octal(mode) + ": run chown " + owners + " " +
                 path + " && chmod " + octal(mode) + " " + path};
  }
  return check_parents(path);
}

}  // namespace

Result<bool> make_segment_directory(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return true;
  }
  return make_directory(path, std::nullopt, kMode);
}

Result<bool> make_tenant_directory(const std::string& path, const std::string& group,
                                   bool for_everybody) {
  gid_t owner = ::getegid();
  if (!group.empty()) {
    const auto found = group_of(group);
    if (!found) {
      return found.error();
    }
    owner = found.value();
  }
  const mode_t mode = for_everybody ? kMode : kTenantMode;
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    if (auto made = make_directory(path, owner, mode); !made) {
      return made;
    }
  }
  return check_directory(path, owner, mode);
}

void make_segment_directories(const std::vector<identity::Tenant>& tenants,
                              const std::vector<std::string>& others,
                              const std::function<void(const std::string&)>& warn) {
  const auto tell = [&warn](const Result<bool>& made) {
    if (!made) {
      warn("segment directory: " + made.error().message);
    }
  };
  for (const identity::Tenant& tenant : tenants) {
    const bool for_everybody = tenant.name == identity::kDefaultTenant && tenant.group.empty();
    tell(make_tenant_directory(tenant.directory, tenant.group, for_everybody));
  }
  for (const std::string& other : others) {
    if (tenants.empty()) {
      tell(make_segment_directory(other));
    } else if (std::ranges::find(tenants, other, &identity::Tenant::directory) == tenants.end()) {
      tell(make_tenant_directory(other, "", true));
    }
  }
}

}  // namespace shmx
