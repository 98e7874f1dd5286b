// When pushes begin.
#ifndef SHM_EXPORTER_AGENT_PUSH_SCHEDULE_H
#define SHM_EXPORTER_AGENT_PUSH_SCHEDULE_H

#include <chrono>

namespace shmx::push {

/// The first tick after `now` of a clock that ticked at `tick` and ticks every `interval` (above
/// 0): steady, and what a long push missed is not made up for.
inline std::chrono::steady_clock::time_point next_tick(std::chrono::steady_clock::time_point tick,
                                                       std::chrono::steady_clock::duration interval,
                                                       std::chrono::steady_clock::time_point now) {
  return now < tick ? tick : tick + ((now - tick) / interval + 1) * interval;
}

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_SCHEDULE_H
