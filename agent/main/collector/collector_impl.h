// The collector's inside; for its own sources only.
#ifndef SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_IMPL_H
#define SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_IMPL_H

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/aggregate/aggregator.h"
#include "agent/main/collector/collector.h"
#include "agent/read/segment.h"
#include "agent/scan/scanner.h"

namespace shmx {

class Collector::Impl {
 public:
  explicit Impl(CollectorConfig config);

  int inotify_fd() const noexcept { return scanner_.inotify_fd(); }
  void on_inotify(Time now);
  void rescan(Time now);
  Result<std::shared_ptr<const model::Snapshot>> collect(Time now);
  bool ready() const noexcept { return scanner_.complete() && unread_.empty(); }
  aggregate::Statistics statistics() const;

 private:
  using Losses = std::array<std::uint64_t, layout::kLossCount>;

  /// An admitted segment that has been read at least once.
  struct Live {
    const scan::File* file;
    read::Segment content;
    Losses losses{};
  };

  void take_news(Time now);
  void open(scan::FileId id, Time now);
  void meet_failure(scan::FileId id, const ReadError& error);
  void take_additions(scan::FileId id, Live& live);
  void bury_dead(Time now);
  void bury_if_dead(scan::FileId id, Time now);
  void bury(scan::FileId id, Live& live, Time now);
  void read_all();
  void quarantine(scan::FileId id, const ReadError& error);
  void retire(scan::FileId id, std::optional<double> ended_at);
  void note_losses(Live& live);
  void warn(const std::string& line) const;

  CollectorConfig config_;
  scan::Scanner scanner_;
  aggregate::Aggregator aggregator_;
  std::map<scan::FileId, Live> live_;  ///< in the order of admission
  std::set<scan::FileId> unread_;      ///< admitted, but the agent could not map or read them yet
  std::set<scan::FileId> quarantined_;
  std::vector<std::pair<scan::FileId, ReadError>> violations_;  ///< of the epoch under way
  Losses retired_losses_{};
  aggregate::CountsByReason quarantined_total_;
  aggregate::CountsByReason series_refused_;
  std::uint64_t fold_failures_ = 0;
  std::uint64_t read_failures_ = 0;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_IMPL_H
