// Changes a segment the way a hostile writer would: one field to a value that hurts, a record or an
// extent more, a cell. What comes out has the shape of a segment more often than random bytes.
#ifndef SHM_EXPORTER_TESTS_FUZZ_MUTATE_H
#define SHM_EXPORTER_TESTS_FUZZ_MUTATE_H

#include <cstddef>
#include <cstdint>

namespace shmx::fuzz {

/// As LLVMFuzzerCustomMutator: changes `data` in place, returns its new size.
std::size_t mutate(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned int seed);

}  // namespace shmx::fuzz

#endif  // SHM_EXPORTER_TESTS_FUZZ_MUTATE_H
