// See segments_report.h.
#include "agent/tool/segments_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "agent/model/names.h"
#include "agent/read/advice.h"
#include "agent/tool/dump.h"
#include "agent/tool/printable.h"

namespace shmx::tool {
namespace {

// A flood of files of one reason must not bury the other reasons.
constexpr std::size_t kMostFilesOfAReason = 10;

// A longer job's name is shown, but the table is not made wide by it.
constexpr std::size_t kWidestColumn = 32;

constexpr std::size_t kColumns = 9;
using Row = std::array<std::string, kColumns>;

Row row_of(const Publisher& publisher) {
  const SegmentClaims& claims = publisher.claims;
  return {std::string(state_name(publisher.state)),
          printable(claims.service),
          std::to_string(claims.pid),
          publisher.program.empty() ? "-" : printable(publisher.program),
          printable(publisher.user),
          fmt::format("{}.{}", claims.major, claims.minor),
          std::to_string(publisher.series),
          time_text(claims.start_time_unix_ns).substr(0, sizeof("YYYY-MM-DDThh:mm:ss") - 1) + "Z",
          printable(publisher.path.substr(publisher.path.rfind('/') + 1))};
}

std::string table(const std::vector<Publisher>& publishers) {
  std::vector<Row> rows = {
      {"STATE", "JOB", "PID", "PROGRAM", "USER", "SHIM", "SERIES", "STARTED", "FILE"}};
  std::ranges::transform(publishers, std::back_inserter(rows), row_of);
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) {
      widths[i] = std::max(widths[i], std::min(row[i].size(), kWidestColumn));
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) {
      text += fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    text += row.back() + "\n";
  }
  return text;
}

std::string line(std::string_view what, const std::string& sentence) {
  return fmt::format("{:<8} {}\n", what, sentence);
}

std::string advised(std::string_view remedy) {
  return line("", fmt::format("-> {}", remedy));
}

std::string reason_text(const std::string& reason, const std::vector<LeftOut>& files) {
  const read::Advice* const advice = read::find_advice(reason);
  const std::string meaning(advice == nullptr ? "is left out" : advice->meaning);
  std::string text;
  for (std::size_t i = 0; i < std::min(files.size(), kMostFilesOfAReason); ++i) {
    const std::string detail = files[i].detail.empty() ? "" : ": " + printable(files[i].detail);
    text += line("problem",
                 fmt::format("{} {} ({}){}", printable(files[i].path), meaning, reason, detail));
  }
  if (files.size() > kMostFilesOfAReason) {
    text += line("", fmt::format("and {} more", files.size() - kMostFilesOfAReason));
  }
  return advice == nullptr ? text : text + advised(advice->remedy);
}

std::string name_of(const Publisher& publisher) {
  return fmt::format("{} (pid {})", printable(publisher.claims.service), publisher.claims.pid);
}

/// One line per cause, and what to do.
std::string losses_text(const Publisher& publisher) {
  std::string text;
  for (std::size_t loss = 0; loss < publisher.losses.size(); ++loss) {
    const read::LossAdvice* const advice = read::find_loss_advice(loss);
    if (publisher.losses[loss] == 0 || advice == nullptr) {
      continue;
    }
    text += line(advice->loses_data ? "problem" : "note",
                 fmt::format("{}: {} {} ({})", name_of(publisher), publisher.losses[loss],
                             advice->meaning, model::loss_name(loss))) +
            advised(advice->remedy);
  }
  return text;
}

bool loses_data(const Publisher& publisher) {
  for (std::size_t loss = 0; loss < publisher.losses.size(); ++loss) {
    const read::LossAdvice* const advice = read::find_loss_advice(loss);
    if (publisher.losses[loss] != 0 && advice != nullptr && advice->loses_data) {
      return true;
    }
  }
  return false;
}

std::string version_text(const Publisher& publisher) {
  const std::uint16_t minor = publisher.claims.minor;
  if (minor == layout::kMinor) {
    return {};
  }
  const std::string what =
      fmt::format("{}: its shim writes layout {}.{}, this release {}.{}", name_of(publisher),
                  publisher.claims.major, minor, layout::kMajor, layout::kMinor);
  return minor < layout::kMinor
             ? line("note", what + "; it is served, without what is new since") +
                   advised(
                       "Rebuild the service with the current libshm-exporter-dev when you like.")
             : line("note", what + "; what is new in it is left out") +
                   advised("Upgrade the package shm-exporter.");
}

std::string summary(const Findings& findings) {
  const auto count = [&](LockState state) {
    return std::ranges::count(findings.publishers, state, &Publisher::state);
  };
  std::size_t refused = 0;
  for (const auto& [reason, files] : findings.refused) {
    refused += files.size();
  }
  return fmt::format("{}: {} live, {} ended, {} refused\n", printable(findings.directory),
                     count(LockState::held), count(LockState::free), refused);
}

}  // namespace

std::string text_of(const Findings& findings) {
  std::string text = summary(findings);
  if (!findings.publishers.empty()) {
    text += table(findings.publishers);
  }
  for (const std::string& problem : findings.directory_problems) {
    text += line("problem", printable(problem));
  }
  for (const auto* const reasons : {&findings.refused, &findings.omitted}) {
    for (const auto& [reason, files] : *reasons) {
      text += reason_text(reason, files);
    }
  }
  for (const Publisher& publisher : findings.publishers) {
    text += losses_text(publisher) + version_text(publisher);
  }
  if (findings.publishers.empty() && findings.refused.empty()) {
    text += line("note", "nobody publishes here; a service does from its first count on") +
            advised(
                "If one should: has it this directory (SHM_EXPORTER_DIR, or the option), and "
                "may its user and its sandbox write here?");
  }
  return is_fine(findings) ? text + line("verdict", "nothing is wrong") : text;
}

bool is_fine(const Findings& findings) {
  return findings.directory_problems.empty() && findings.refused.empty() &&
         findings.omitted.empty() && std::ranges::none_of(findings.publishers, loses_data);
}

}  // namespace shmx::tool
