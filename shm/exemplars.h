// The writer's side of exemplars ("EXEMPLARS" in shm/layout.h): how many slots a series has, their
// record, and how a thread fills one. Reading them is reader_exemplars.cc's.
#ifndef SHM_EXPORTER_SHM_EXEMPLARS_H
#define SHM_EXPORTER_SHM_EXEMPLARS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "shm/descriptor.h"
#include "shm/layout.h"
#include "shm/native_buckets.h"
#include "shm/span_context.h"

namespace shmx {

/// How many exemplars a series of this family can have; 0: none.
std::uint32_t exemplar_slots(const FamilyDescriptor& family) noexcept;

/// Which of the slots of a histogram without classic buckets an observation goes to.
std::uint32_t native_exemplar_slot(const NativeBuckets& buckets, double value) noexcept;

/// Where the slots of a record begin that begins at `record_at`: both in bytes of the directory.
std::uint64_t exemplar_slots_at(std::uint64_t record_at) noexcept;

/// Appends the record with the (empty) slots of a series, given by its ordinal, to a directory.
/// Returns the number of the first slot: how many times 64 bytes it is from the directory's begin,
/// and never 0.
std::uint32_t append_exemplars(std::vector<std::byte>& directory, std::uint32_t series,
                               std::uint32_t slot_count);

namespace exemplars {

/// The directory of the segment that now exists; null: there is none.
void set_directory(layout::Cell* directory) noexcept;

/// Makes this observation the exemplar of a slot, now. Slot 0 is none. Any thread; never waits:
/// while another thread fills the slot this one is left out, as one is without a valid span and
/// where there is no segment. Exemplars are samples, so none of these is a loss.
void keep(std::uint32_t slot, std::int64_t ticks, const SpanContext& span) noexcept;

}  // namespace exemplars
}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_EXEMPLARS_H
