// A snapshot as a map from samples to numbers, so that a test can say what a user would look up.
#ifndef SHM_EXPORTER_TESTS_AGENT_TESTING_PAGE_VALUES_H
#define SHM_EXPORTER_TESTS_AGENT_TESTING_PAGE_VALUES_H

#include <map>
#include <optional>
#include <string>

#include "agent/model/model.h"

namespace shmx::testing {

/// `name{a="b",job="svc"}` to its value; histograms as cumulative _bucket, _sum and _count. Throws
/// when a sample is there twice: no page may hold a series twice.
using PageValues = std::map<std::string, double>;
PageValues values_of(const model::Snapshot& snapshot);

/// The family's type; nothing when it is not on the page.
std::optional<model::Type> type_of(const model::Snapshot& snapshot, const std::string& name);

/// The family's help; nothing when it is not on the page.
std::optional<std::string> help_of(const model::Snapshot& snapshot, const std::string& name);

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_TESTING_PAGE_VALUES_H
