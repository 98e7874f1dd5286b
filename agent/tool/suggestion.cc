// See suggestion.h.
#include "agent/tool/suggestion.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace shmx::tool {
namespace {

/// The typing errors between two words (optimal string alignment), row by row.
std::size_t distance(std::string_view typed, std::string_view meant) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(meant.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= typed.size(); ++i) {
    std::vector<std::size_t> row(meant.size() + 1, i);
    for (std::size_t j = 1; j <= meant.size(); ++j) {
      const std::size_t other = typed[i - 1] == meant[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + other});
      if (i > 1 && j > 1 && typed[i - 1] == meant[j - 2] && typed[i - 2] == meant[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = std::exchange(last, std::move(row));
  }
  return last.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  std::optional<std::string> found;
  std::size_t fewest = 0;
  for (const std::string& candidate : candidates) {
    const bool begins = word.size() > 1 && candidate.starts_with(word);
    const std::size_t errors = begins ? 0 : distance(word, candidate);
    if (errors * 3 <= candidate.size() && (!found || errors < fewest)) {
      found = candidate;
      fewest = errors;
    }
  }
  return found;
}

}  // namespace shmx::tool
