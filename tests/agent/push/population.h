// Series that live as those of services do: they grow, restart, come and go.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_POPULATION_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_POPULATION_H

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "agent/model/model.h"

namespace shmx::push {

class Population {
 public:
  /// Counters grow by up to 1000 << max_shift at once.
  explicit Population(std::uint32_t seed, unsigned max_shift = 69);

  /// Some grow; rarely one restarts, leaves or comes. `unix_ns` rises from call to call. Returns
  /// the keys of those that began anew.
  std::vector<std::string> live(std::int64_t unix_ns);

  /// Only growth, without a restart: what the receiver and a page say stays comparable.
  void grow();

  /// Counters, histograms with classic buckets, native ones and both, and a gauge.
  std::vector<model::Family> page() const;

 private:
  struct Member {
    std::size_t family;
    std::shared_ptr<const model::Series> series;
    decltype(model::Point::value) value;
    std::int64_t created;
  };

  void begin(const std::string& id, std::size_t family, std::int64_t unix_ns);
  void grow(Member& member);
  std::uint64_t below(std::uint64_t bound);

  std::mt19937 random_;
  unsigned max_shift_;
  std::vector<std::shared_ptr<const model::FamilyInfo>> infos_;
  std::map<std::pair<std::size_t, std::string>, Member> members_;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_POPULATION_H
