// A value or an error that a user can act on (GCC 12 has no std::expected).
#ifndef SHM_EXPORTER_SHM_RESULT_H
#define SHM_EXPORTER_SHM_RESULT_H

#include <string>
#include <utility>
#include <variant>

namespace shmx {

/// What was tried, on what, and why it failed. `code` is an errno where there is one, else 0.
struct Error {
  std::string message;
  int code = 0;
};

/// Either a T or an E. Asking for the one that is not there is a programmer's error.
template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(E error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, E> state_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_RESULT_H
