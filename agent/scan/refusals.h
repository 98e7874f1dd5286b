// What was refused and how often, so that each file is counted and named once, not once per scan.
#ifndef SHM_EXPORTER_AGENT_SCAN_REFUSALS_H
#define SHM_EXPORTER_AGENT_SCAN_REFUSALS_H

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace shmx::scan {

class Refusals {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// After so many files of one reason the log says no more of that reason: whoever may create
  /// files could fill it. The counter goes on.
  static constexpr std::uint64_t kMaxWarningsPerReason = 10;

  explicit Refusals(Warn warn) : warn_(std::move(warn)) {}

  /// Makes the reason visible with 0.
  void declare(std::string_view reason) { counts_.try_emplace(std::string(reason), 0); }

  void count(std::string_view reason, const std::string& path, const std::string& detail);

  const std::map<std::string, std::uint64_t>& counts() const noexcept { return counts_; }

 private:
  Warn warn_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_REFUSALS_H
