// What one response shows: what was collected and the agent's own families, each name once, without
// a copy of what was collected. Not aggregation: values are never added up here, since the sources'
// label sets are distinct (collected ones have a job, the agent's own have none).
#ifndef SHM_EXPORTER_AGENT_MODEL_PAGE_H
#define SHM_EXPORTER_AGENT_MODEL_PAGE_H

#include <memory>
#include <vector>

#include "agent/model/model.h"

namespace shmx::model {

class Page {
 public:
  /// Where the sources disagree about a name's type, all its families here are untyped, their
  /// values as they were.
  Page(std::shared_ptr<const Snapshot> collected, std::vector<Family> own);

  /// Ordered by name, collected ones first among those of a name (see Snapshot: neighbours of a
  /// name are one family). Valid as long as the page lives.
  const std::vector<const Family*>& families() const noexcept { return families_; }

 private:
  using Iterator = std::vector<const Family*>::iterator;
  void settle_type(Iterator first, Iterator last);

  std::shared_ptr<const Snapshot> collected_;
  std::vector<Family> own_;
  std::vector<std::unique_ptr<const Family>> untyped_;
  std::vector<const Family*> families_;
};

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_PAGE_H
