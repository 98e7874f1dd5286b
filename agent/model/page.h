// What one response shows: of what was collected and the agent's own families, what its reader may
// see, each name once, without a copy of what was collected. Not aggregation: values are never
// added up here, since the sources' series are distinct: of a name that both have, collected ones
// have a job, the agent's own have none.
#ifndef SHM_EXPORTER_AGENT_MODEL_PAGE_H
#define SHM_EXPORTER_AGENT_MODEL_PAGE_H

#include <memory>
#include <utility>
#include <vector>

#include "agent/model/model.h"
#include "agent/model/scope.h"

namespace shmx::model {

/// What was collected at once, whoever may see what of it.
struct Epoch {
  std::shared_ptr<const Snapshot> collected;
  std::vector<Family> own{};  ///< the agent's own families
  /// What is known of the collected jobs besides; series that are in neither of the others.
  std::vector<Family> of_jobs{};
};

class Page {
 public:
  /// What of the epoch the scope shows. Where that disagrees about a name's type, or one tenant's
  /// histogram has samples of the name of another's family, all families of these names here are
  /// untyped, their values as they were: what is not shown has no say.
  Page(std::shared_ptr<const Epoch> epoch, const Scope& scope);

  /// All of it.
  Page(std::shared_ptr<const Snapshot> collected, std::vector<Family> own)
      : Page(std::make_shared<const Epoch>(Epoch{std::move(collected), std::move(own)}), Scope{}) {}

  /// Ordered by name, collected ones first among those of a name (see Snapshot: neighbours of a
  /// name are one family). Valid as long as the page lives.
  const std::vector<const Family*>& families() const noexcept { return families_; }

 private:
  using Iterator = std::vector<const Family*>::iterator;
  /// All of one name.
  std::pair<Iterator, Iterator> named(const std::string& name);
  Iterator end_of(Iterator first, const std::string& name);
  void settle_types();
  void settle_samples();
  void make_untyped(Iterator first, Iterator last);

  std::shared_ptr<const Epoch> epoch_;
  std::vector<std::unique_ptr<const Family>> untyped_;
  std::vector<const Family*> families_;
};

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_PAGE_H
