// Pages as deltas: of each counter and histogram what the receiver has not acknowledged yet, so
// that a push that fails, in whole or in part, loses nothing and doubles nothing. The exporter's
// thread only.
#ifndef SHM_EXPORTER_AGENT_PUSH_DELTAS_H
#define SHM_EXPORTER_AGENT_PUSH_DELTAS_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/model/model.h"
#include "agent/otlp/encoder.h"
#include "agent/push/acknowledged.h"
#include "shm/result.h"

namespace shmx::push {

class Deltas {
 public:
  /// `started_unix_ns` is when this agent started: should the store be lost, what began before may
  /// have been acknowledged, and what began later was not.
  Deltas(AcknowledgedStore store, std::int64_t started_unix_ns);

  /// To be called until it succeeds, before a page is taken; later calls do nothing.
  Result<bool> load();

  /// What to send of a page that was collected at `unix_ns`: of series that have changed the
  /// difference, since the end of the last acknowledged one; gauges and untyped families as they
  /// are. Valid until let_go() or the next call, and as long as the page.
  std::vector<const model::Family*> take(std::span<const model::Family* const> page,
                                         std::int64_t unix_ns);

  /// Lets go of the differences: between pushes they are only memory.
  void let_go() noexcept;

  /// The receiver has these points of the last take(). Rejected ones of a partial success are among
  /// them: it does not say which, and the same data must not be sent again.
  void acknowledge(std::span<const otlp::Encoded> points) noexcept;

  /// Stores what was acknowledged.
  Result<bool> save() { return acknowledged_.save(); }

  /// What an operator should know since the last call; mostly empty.
  std::string take_notice();

  /// Series that are remembered.
  std::size_t series() const noexcept { return acknowledged_.size(); }

 private:
  /// What becomes true of an entry with a point's acknowledgement.
  struct Open {
    Acknowledgements::Entry* entry;
    std::int64_t created_unix_ns;
    bool whole;  ///< the point is a whole value, not a difference
  };
  struct Changed {
    model::Family family;
    std::vector<Open> open;  ///< per point
  };

  void take_family(const model::Family& family, std::vector<const model::Family*>& taken);
  void take_point(const std::shared_ptr<const model::FamilyInfo>& info, const model::Point& point,
                  Changed& changed);
  void set_baseline(Acknowledgements::Entry& entry,
                    const std::shared_ptr<const model::FamilyInfo>& info,
                    const model::Point& point);
  Acknowledgements::Entry* entry_of(std::string_view name, const model::Point& point);

  Acknowledgements acknowledged_;
  std::int64_t started_unix_ns_;
  std::string loss_;  ///< of the store; empty: it was there, or has never been
  std::uint64_t page_ = 0;
  std::int64_t unix_ns_ = 0;
  std::string key_;  ///< of the series in hand
  std::deque<Changed> changed_;
  std::unordered_map<const model::Family*, Changed*> by_family_;
  std::size_t baselines_ = 0;  ///< to be told of, as the next
  std::size_t incomparable_ = 0;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_DELTAS_H
