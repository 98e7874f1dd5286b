// What a fuzz target does with a segment's bytes: puts them into a file as a writer would, reads
// them as the agent does, and ends the process when the reader breaks a promise of shm/reader.h.
#ifndef SHM_EXPORTER_TESTS_FUZZ_JUDGE_H
#define SHM_EXPORTER_TESTS_FUZZ_JUDGE_H

#include <cstddef>
#include <span>

#include "shm/reader.h"

namespace shmx::fuzz {

/// Inputs are files of at most this size: all that the table of corruptions has, but for its few
/// largest rows, in a size that is mutated and copied thousands of times a second.
inline constexpr std::size_t kMaxInputBytes = std::size_t{40} << 10;

/// Reads the bytes with a reader that has seen nothing before. Returns whether it took them.
bool judge_new(std::span<const std::byte> bytes);

/// Reads the bytes with a reader that has read test::right_image() from the same file before.
bool judge_rewritten(std::span<const std::byte> bytes);

/// Ends the process unless `promise` holds.
void demand(bool promise, const char* what) noexcept;

}  // namespace shmx::fuzz

#endif  // SHM_EXPORTER_TESTS_FUZZ_JUDGE_H
