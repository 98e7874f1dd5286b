// See check_segments.h.
#include "agent/tool/check_segments.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "agent/read/segment.h"
#include "agent/scan/admission.h"
#include "agent/tool/segments_report.h"

namespace shmx::tool {
namespace {

// From here on new processes may soon have no room; the alert of the dashboards begins there, too.
constexpr double kNearlyFull = 0.8;

constexpr std::size_t kLongestUserEntry = 16'384;

std::string user_name(std::uint32_t uid) {
  struct passwd entry {};
  struct passwd* found = nullptr;
  std::string buffer(kLongestUserEntry, '\0');
  ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? std::to_string(uid) : found->pw_name;
}

/// What the process is called, if the pid that the segment claims is one of its owner's here.
std::string program_of(std::uint32_t pid, std::uint32_t owner) {
  const std::string process = fmt::format("/proc/{}", pid);
  struct stat status {};
  if (::stat(process.c_str(), &status) != 0 || status.st_uid != owner) {
    return {};
  }
  std::ifstream file(process + "/comm");
  std::string program;
  std::getline(file, program);
  return program;
}

/// One look at a directory.
class Check {
 public:
  Check(std::string directory, const UniqueFd& fd) : fd_(fd) {
    findings_.directory = std::move(directory);
  }

  void look_at_directory() {
    struct stat status {};
    struct statfs file_system {};
    if (::fstat(fd_.get(), &status) != 0 || ::fstatfs(fd_.get(), &file_system) != 0) {
      return problem(fmt::format("it cannot be looked at: {}", std::strerror(errno)));
    }
    const bool is_shared = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    const char* const mode = (status.st_mode & S_IWOTH) != 0 ? "3733" : "3730";
    if (is_shared && (status.st_mode & S_ISVTX) == 0) {
      problem(fmt::format("is not sticky, so users may remove each other's segments: chmod {} {}",
                          mode, findings_.directory));
    }
    if (is_shared && (status.st_mode & S_ISGID) == 0) {
      problem(
          fmt::format("is not setgid, so the agent may not read what others create: chmod {} {}",
                      mode, findings_.directory));
    }
    if (file_system.f_type != TMPFS_MAGIC) {
      return problem(
          "is not on a tmpfs: counts would wait for a disk; mount one there (systemctl start "
          "'run-shm\\x2dexporter-segments.mount' for the default directory)");
    }
    fullness("bytes", file_system.f_blocks, file_system.f_bfree, "size");
    fullness("inodes", file_system.f_files, file_system.f_ffree, "nr_inodes");
  }

  void look_at(const std::string& name) {
    if (name.front() == '.') {
      return;  // Being born; what is left of one that never was, the agent removes.
    }
    scan::Admission admission = scan::admit(fd_.get(), name, layout::kMaxSegmentBytes);
    if (const auto* const refused = std::get_if<scan::Refused>(&admission)) {
      refuse(to_string(refused->reason), name, "");
    } else if (const auto* const failure = std::get_if<scan::OwnFailure>(&admission)) {
      refuse("io", name, std::strerror(failure->code));
    } else if (auto* const admitted = std::get_if<scan::Admitted>(&admission)) {
      const bool is_first =
          seen_.emplace(admitted->identity.device, admitted->identity.inode).second;
      if (is_first) {
        read(name, *admitted);
      } else {
        refuse("hard_link", name, "");
      }
    }
  }

  Findings findings() && { return std::move(findings_); }

 private:
  std::string path_of(const std::string& name) const { return findings_.directory + "/" + name; }

  void problem(const std::string& what) {
    findings_.directory_problems.push_back(findings_.directory + " " + what);
  }

  void fullness(std::string_view what, std::uint64_t all, std::uint64_t free,
                std::string_view option) {
    const double used = all == 0 ? 0 : 1 - static_cast<double>(free) / static_cast<double>(all);
    if (used >= kNearlyFull) {
      problem(
          fmt::format("has {:.0f} % of its {} in use, and new processes need some: find out who "
                      "publishes that much, or mount -o remount,{}=...",
                      100 * used, what, option));
    }
  }

  void refuse(std::string_view reason, const std::string& name, const std::string& detail) {
    findings_.refused[std::string(reason)].push_back({path_of(name), detail});
  }

  void read(const std::string& name, const scan::Admitted& file) {
    auto segment = read::Segment::open(file.fd, layout::kMaxSegmentBytes);
    if (!segment) {
      return refuse(to_string(segment.error().reason), name, segment.error().detail);
    }
    if (const auto values = segment->read(file.fd); !values) {
      return refuse(to_string(values.error().reason), name, values.error().detail);
    }
    const read::Additions additions = segment->take_additions();
    for (const read::Omission& omission : additions.omissions) {
      const bool is_family = omission.reason == read::Omission::Reason::reserved_family;
      findings_.omitted[std::string(is_family ? read::kReservedFamily : read::kReservedLabel)]
          .push_back({path_of(name), omission.name});
    }
    Publisher publisher;
    publisher.path = path_of(name);
    publisher.state = segment_lock_state(file.fd.get());
    publisher.claims = segment->claims();
    publisher.user = user_name(file.identity.owner);
    if (publisher.state == LockState::held) {
      publisher.program = program_of(publisher.claims.pid, file.identity.owner);
    }
    publisher.series = additions.series.size();
    publisher.losses = segment->losses();
    findings_.publishers.push_back(std::move(publisher));
  }

  const UniqueFd& fd_;
  Findings findings_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen_;  ///< devices and inodes
};

Error cannot_list(const std::string& directory, int code) {
  std::string_view advice = "expected a directory of segments, such as /run/shm-exporter/segments";
  if (code == EACCES) {
    advice = "only the agent's user and root may list it: run shmtool as one of them (sudo)";
  } else if (code == ENOENT) {
    advice =
        "the agent creates it when it starts: is shm_exporter running (systemctl status "
        "shm-exporter), and does it look there (--segments.directory, tenants)?";
  }
  return {fmt::format("cannot list {}: {}; {}", directory, std::strerror(code), advice), code};
}

/// In the order of their names, so that two looks can be compared.
Result<std::vector<std::string>> names_in(const std::string& directory, const UniqueFd& fd) {
  // Its own descriptor, since closedir() closes it.
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(
      ::fdopendir(::openat(fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), ::closedir);
  if (entries == nullptr) {
    return cannot_list(directory, errno);
  }
  std::vector<std::string> names;
  while (const dirent* const entry = ::readdir(entries.get())) {
    names.emplace_back(entry->d_name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

Result<SegmentsVerdict> check_segments(const std::string& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) {
    return cannot_list(directory, errno);
  }
  const auto names = names_in(directory, fd);
  if (!names) {
    return names.error();
  }
  Check check(directory, fd);
  check.look_at_directory();
  for (const std::string& name : names.value()) {
    check.look_at(name);
  }
  const Findings findings = std::move(check).findings();
  return SegmentsVerdict{text_of(findings), is_fine(findings)};
}

}  // namespace shmx::tool
