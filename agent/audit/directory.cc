#include "agent/audit/directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace shmx::audit {
namespace {

constexpr std::string_view kPrefix = "audit-";
constexpr std::string_view kSuffix = ".jsonl";

constexpr mode_t kPrivate = 0700;
constexpr mode_t kOthersMayEnter = 0077;

Error system_error(const std::string& tried) {
  const int code = errno;
  return {"the audit log: " + tried + ": " + std::strerror(code), code};
}

Result<bool> check_owner(int directory, const std::string& path) {
  struct stat status {};
  if (::fstat(directory, &status) != 0) return system_error("fstat " + path);
  if (status.st_uid != ::geteuid()) {
    return Error{
        fmt::format("the audit log's directory {} belongs to uid {}, expected the agent's own, {}; "
                    "chown it, or "
                    "give the agent another one",
                    path, status.st_uid, ::geteuid())};
  }
  if ((status.st_mode & kOthersMayEnter) != 0) {
    return Error{fmt::format(
        "the audit log's directory {} has the mode {:04o}: others could read the log or change it; "
        "look at what is in it, then chmod 700 {}",
        path, status.st_mode & 07777U, path)};
  }
  return true;
}

}  // namespace

std::uint64_t file_number(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return 0;
  const char* const begin = name.data() + kPrefix.size();
  const char* const end = name.data() + name.size() - kSuffix.size();
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(begin, std::max(begin, end), number);
  return parsed.ec == std::errc() && file_name(number) == name ? number : 0;
}

std::string file_name(std::uint64_t number) {
  return fmt::format("{}{:06}{}", kPrefix, number, kSuffix);
}

Result<std::vector<std::uint64_t>> file_numbers(const std::string& directory) {
  std::error_code failed;
  std::vector<std::uint64_t> numbers;
  std::filesystem::directory_iterator entry(directory, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::uint64_t number = file_number(entry->path().filename());
    if (number != 0) numbers.push_back(number);
  }
  if (failed) return Error{"list " + directory + ": " + failed.message(), failed.value()};
  std::ranges::sort(numbers);
  return numbers;
}

Result<Directory> Directory::take(const std::string& path) {
  if (::mkdir(path.c_str(), kPrivate) != 0 && errno != EEXIST) {
    return system_error("make the directory " + path + " (its parent must be there)");
  }
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return system_error("open the directory " + path);
  if (auto own = check_owner(directory.get(), path); !own) return own.error();
  UniqueFd lock(::openat(directory.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.valid()) return system_error("open " + path + "/lock");
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("lock " + path + "/lock");
    return Error{"another agent writes the audit log in " + path +
                     "; stop it, or give this one a directory of its own",
                 EWOULDBLOCK};
  }
  return Directory(path, std::move(directory), std::move(lock));
}

void Directory::sync() const noexcept {
  // What it says cannot be acted on: the same is said of the file's own data.
  ::fsync(directory_.get());
}

}  // namespace shmx::audit
