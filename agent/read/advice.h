// What to do about a segment that is refused or quarantined, or whose process reports a loss: one
// sentence per reason, for whoever runs the host or owns the service. The status page and shmtool
// show the same ones. Nothing here decides what is refused.
#ifndef SHM_EXPORTER_AGENT_READ_ADVICE_H
#define SHM_EXPORTER_AGENT_READ_ADVICE_H

#include <cstddef>
#include <span>
#include <string_view>

namespace shmx::read {

struct Advice {
  std::string_view reason;   ///< the label of the agent's counters
  std::string_view meaning;  ///< what is wrong, as the end of a sentence that begins with the file
  std::string_view remedy;   ///< what to do, one sentence
};

/// Every reason why a file, or a part of a segment, is left out: scan::FileRefusal, Refusal, a
/// tenant's claim, and the omissions of segment.h.
std::span<const Advice> refusal_advice() noexcept;

/// The row of a reason; null for one that this release does not know.
const Advice* find_advice(std::string_view reason) noexcept;

struct LossAdvice {
  std::string_view meaning;
  std::string_view remedy;
  bool loses_data = true;  ///< else only speed or detail
};

/// By layout::Loss; null for a cause that a later release may count.
const LossAdvice* find_loss_advice(std::size_t loss) noexcept;

}  // namespace shmx::read

#endif  // SHM_EXPORTER_AGENT_READ_ADVICE_H
