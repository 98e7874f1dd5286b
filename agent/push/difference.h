// The arithmetic of deltas: what a total has gained over the part of it that was acknowledged.
// Ticks are integers, so differences add up to the total exactly.
#ifndef SHM_EXPORTER_AGENT_PUSH_DIFFERENCE_H
#define SHM_EXPORTER_AGENT_PUSH_DIFFERENCE_H

#include <memory>

#include "agent/model/acknowledged.h"
#include "agent/model/model.h"

namespace shmx::push {

using Value = decltype(model::Point::value);

/// How a total continues what was acknowledged.
enum class Continuation {
  same_run,      ///< the difference is what is new
  restarted,     ///< it began again from 0: all of it is new
  incomparable,  ///< it is neither: it fell, or has other buckets, and does not say that it
                 ///< restarted
};

/// A histogram's acknowledged value comes to have the buckets of `info` where these are a coarser
/// view of its own, as when a process with fewer of them joins its family.
Continuation continuation(model::Acknowledged& last,
                          const std::shared_ptr<const model::FamilyInfo>& info,
                          const model::Point& point);

/// `total` less `part`, of the same run. Nothing in it is negative, but a histogram's sum where
/// there are negative observations. A bucket may fall, when both kinds are kept and an observation
/// was seen in one of them first: then as many are held back from the others, so counts are exact
/// and buckets catch up.
Value difference(const Value& total, const Value& part);

/// Neither counts nor observations.
bool is_nothing(const Value& value);

/// Adds what was sent to what it was the difference to.
void add(Value& part, const Value& difference) noexcept;

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_DIFFERENCE_H
