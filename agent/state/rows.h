// Rows of the state as values, and back. A row that is not a value's is a damaged state.
#ifndef SHM_EXPORTER_AGENT_STATE_ROWS_H
#define SHM_EXPORTER_AGENT_STATE_ROWS_H

#include <optional>
#include <string>
#include <vector>

#include "agent/model/retired.h"
#include "agent/state/database.h"
#include "agent/state/store.h"

namespace shmx::state {

Row row_of(const model::RetiredJob& job);
Row row_of(const model::RetiredFamily& family);
Row row_of(const model::RetiredSeries& series);
Row row_of(const SegmentIdentity& identity);

/// The key of an identity's row.
std::string file_key(const SegmentIdentity& identity);

std::optional<model::RetiredJob> job_of(const Row& row);
std::optional<model::RetiredFamily> family_of(const Row& row);
std::optional<model::RetiredSeries> series_of(const Row& row);
std::optional<SegmentIdentity> identity_of(const Row& row);

Bytes bytes_of(const LossCounts& losses);
std::optional<LossCounts> losses_of(const Bytes& bytes);

/// Takes the rows of all tables for one state: whatever refers to what is not there, or has other
/// than its family's number of ticks, is damage. Families of kinds that a later release added are
/// left out, with their series, and stay in the file.
std::optional<model::Retired> retired_of(const std::vector<Row>& jobs,
                                         const std::vector<Row>& families,
                                         const std::vector<Row>& series);

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_ROWS_H
