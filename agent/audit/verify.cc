#include "agent/audit/verify.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/audit/digest.h"
#include "agent/audit/directory.h"
#include "agent/audit/lines.h"

namespace shmx::audit {
namespace {

bool is_directory(const std::string& path) {
  std::error_code failed;
  return std::filesystem::is_directory(path, failed);
}

Result<std::vector<std::string>> files_of(const std::string& directory) {
  auto numbers = file_numbers(directory);
  if (!numbers) return numbers.error();
  if (numbers->empty()) {
    return Error{directory + " holds no audit log (audit-000001.jsonl, ...)", ENOENT};
  }
  std::vector<std::string> files;
  for (const std::uint64_t number : *numbers) {
    files.push_back(std::filesystem::path(directory) / file_name(number));
  }
  return files;
}

/// One pass over all files.
class Pass {
 public:
  explicit Pass(const VerifyOptions& options)
      : verifier_(options.trusted_key_ids), anchors_(options.anchors) {
    std::ranges::sort(anchors_, {}, &Anchor::seq);
  }

  Result<bool> file(const std::string& path, bool last);
  Result<VerifyReport> end(bool whole, const std::string& first_file);

 private:
  Result<bool> compare_anchors();

  Verifier verifier_;
  std::vector<Anchor> anchors_;  ///< by seq
  std::size_t next_anchor_ = 0;
  VerifyReport report_;
};

Result<bool> Pass::file(const std::string& path, bool last) {
  auto lines = Lines::open(path);
  if (!lines) return lines.error();
  verifier_.begin_file();
  ++report_.files;
  for (;;) {
    auto line = lines->next();
    if (!line) return Error{path + ": " + line.error().message, line.error().code};
    if (!*line) break;
    auto taken = verifier_.take(**line);
    if (taken) taken = compare_anchors();
    if (!taken) {
      return Error{path + ":" + std::to_string(lines->number()) + ": " + taken.error().message};
    }
  }
  if (last) {
    report_.torn_bytes = lines->torn().size();
  } else if (!lines->torn().empty() || lines->number() == 0) {
    return Error{path + ": ends in the middle of a record, and is not the last file"};
  }
  return true;
}

Result<bool> Pass::compare_anchors() {
  const Position& last = verifier_.verified().last;
  while (next_anchor_ < anchors_.size() && anchors_[next_anchor_].seq <= last.seq) {
    const Anchor& anchor = anchors_[next_anchor_++];
    if (anchor.seq < last.seq) {
      report_.unmatched.push_back(anchor);
    } else if (anchor.prefix == prefix_of(last.hash)) {
      report_.matched.push_back(anchor);
    } else {
      return Error{"record " + std::to_string(anchor.seq) +
                   " is not the one of the anchor: the log was rewritten"};
    }
  }
  return true;
}

Result<VerifyReport> Pass::end(bool whole, const std::string& first_file) {
  report_.chain = verifier_.verified();
  if (report_.chain.records == 0) return Error{first_file + ": no record"};
  if (whole && report_.chain.first_seq > 1 && report_.chain.removal_seq == 0) {
    return Error{first_file + ":1: begins with record " + std::to_string(report_.chain.first_seq) +
                 ", and no record says that the log removed what was before: files are missing"};
  }
  if (next_anchor_ < anchors_.size()) {
    return Error{"the log ends with record " + std::to_string(report_.chain.last.seq) +
                 ", before the anchor " + std::to_string(anchors_[next_anchor_].seq) +
                 ": its end was cut off"};
  }
  return report_;
}

}  // namespace

Result<VerifyReport> verify(const VerifyOptions& options) {
  std::vector<std::string> files = options.paths;
  const bool whole = files.size() == 1 && is_directory(files.front());
  if (whole) {
    auto listed = files_of(files.front());
    if (!listed) return listed.error();
    files = std::move(listed).value();
  }
  if (files.empty()) return Error{"expected a directory of an audit log, or files of one"};
  Pass pass(options);
  for (const std::string& path : files) {
    if (auto read = pass.file(path, &path == &files.back()); !read) return read.error();
  }
  return pass.end(whole, files.front());
}

}  // namespace shmx::audit
