#include "tests/agent/main/failing_new.h"

#include <cstdlib>
#include <new>

namespace shmx::testing {

thread_local std::size_t largest_new = SIZE_MAX;

}  // namespace shmx::testing

void* operator new(std::size_t bytes) {
  void* const memory = bytes > shmx::testing::largest_new ? nullptr : std::malloc(bytes);
  if (!memory) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t bytes) {
  return operator new(bytes);
}
// Whoever replaces one replaces all: AddressSanitizer's own does not match the deletes below.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return bytes > shmx::testing::largest_new ? nullptr : std::malloc(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t& nothrow) noexcept {
  return operator new(bytes, nothrow);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
