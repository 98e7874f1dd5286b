#include "agent/audit/resume.h"

#include <optional>
#include <string_view>

#include "agent/audit/lines.h"
#include "agent/audit/verifier.h"

namespace shmx::audit {
namespace {

Error not_a_log(const Directory& directory, const std::string& where, const std::string& what) {
  return Error{where + ": " + what + "; the audit log was changed. See shmtool audit verify " +
               directory.path() +
               "; to begin a new log, keep this directory elsewhere, and give the agent an empty "
               "one"};
}

struct FileEnd {
  std::uint64_t bytes = 0;
  std::string torn{};
};

Result<FileEnd> read_file(const Directory& directory, const std::string& path, Verifier& verifier) {
  auto lines = Lines::open(path);
  if (!lines) return lines.error();
  for (;;) {
    auto line = lines->next();
    if (!line) return not_a_log(directory, path, line.error().message);
    if (!*line) return FileEnd{lines->bytes(), std::string(lines->torn())};
    if (const auto taken = verifier.take(**line); !taken) {
      return not_a_log(directory, path + ":" + std::to_string(lines->number()),
                       taken.error().message);
    }
  }
}

}  // namespace

Result<LogEnd> read_end(const Directory& directory) {
  auto numbers = file_numbers(directory.path());
  if (!numbers) return numbers.error();
  LogEnd end;
  if (numbers->empty()) return end;
  end.file_number = numbers->back();
  // A file whose writer was killed before the first record is empty; the chain ends before it.
  for (auto number = numbers->rbegin(); number != numbers->rend(); ++number) {
    Verifier verifier({});
    auto file = read_file(directory, directory.file(*number), verifier);
    if (!file) return file.error();
    if (*number == end.file_number) {
      end.file_bytes = file->bytes;
      end.torn = std::move(file->torn);
    } else if (!file->torn.empty()) {
      return not_a_log(directory, directory.file(*number), "its last line has no end");
    }
    if (verifier.key()) {
      end.position = verifier.verified().last;
      end.key_id = verifier.key()->id();
      break;
    }
  }
  return end;
}

}  // namespace shmx::audit
