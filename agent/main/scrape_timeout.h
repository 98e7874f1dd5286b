// How long a scrape may take to be answered: what its server grants, less what the way back takes.
#ifndef SHM_EXPORTER_AGENT_MAIN_SCRAPE_TIMEOUT_H
#define SHM_EXPORTER_AGENT_MAIN_SCRAPE_TIMEOUT_H

#include <chrono>
#include <string_view>

namespace shmx {

/// For who does not say how long it waits, and at most for who does: longer than any usual scrape
/// timeout, and no request holds its place for longer.
inline constexpr std::chrono::milliseconds kLongestScrape{120'000};

/// Kept of the client's time for the way there and back, but never more than a tenth of it.
inline constexpr std::chrono::milliseconds kScrapeMargin{500};

/// `header` is the value of X-Prometheus-Scrape-Timeout-Seconds: seconds, with decimals or without.
/// One that is empty, malformed, not positive or not finite is as if it were not there.
std::chrono::milliseconds scrape_timeout(std::string_view header) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_SCRAPE_TIMEOUT_H
