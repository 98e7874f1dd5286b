#include "agent/main/scrape_timeout.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace shmx {

std::chrono::milliseconds scrape_timeout(std::string_view header) noexcept {
  double seconds = 0;
  const auto* const end = header.data() + header.size();
  const auto [parsed, error] = std::from_chars(header.data(), end, seconds);
  if (error != std::errc{} || parsed != end || !std::isfinite(seconds) || seconds <= 0) {
    return kLongestScrape;
  }
  const double longest = std::chrono::duration<double>(kLongestScrape).count();
  const std::chrono::duration<double> granted(std::min(seconds, longest));
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      granted - std::min<std::chrono::duration<double>>(kScrapeMargin, granted / 10));
}

}  // namespace shmx
