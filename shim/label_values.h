// The values that one metadata label has had: at most so many, each at most so long, and everything
// else is "overflow". What a peer sends can thus cost only so much memory and so many series.
#ifndef SHM_EXPORTER_SHIM_LABEL_VALUES_H
#define SHM_EXPORTER_SHIM_LABEL_VALUES_H

#include <cstddef>
#include <cstdint>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace shmx {

/// The value of all values beyond a limit.
inline constexpr std::string_view kOverflowValue = "overflow";

class LabelValues {
 public:
  LabelValues(std::size_t max_value_bytes, std::uint32_t max_values);

  /// The value as it is counted: itself, or overflow(), which is counted as
  /// Loss::label_values_overflowed. The same for equal values, for as long as this lives; may throw
  /// std::bad_alloc. "" is always admitted and counts against no limit.
  const std::string* admit(std::string_view value);

  const std::string* overflow() const noexcept { return &overflow_; }

 private:
  const std::string* find(std::string_view value);
  const std::string* insert(std::string_view value);

  const std::size_t max_value_bytes_;
  const std::uint32_t max_values_;
  const std::string empty_;
  const std::string overflow_{kOverflowValue};
  std::shared_mutex mutex_;
  std::set<std::string, std::less<>> values_;  ///< nodes stay where they are
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_LABEL_VALUES_H
