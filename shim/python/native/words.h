// Words that Python says for the values of an enumeration.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_WORDS_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_WORDS_H

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace shmx::python {

template <typename Value, std::size_t count>
using Words = std::array<std::pair<std::string_view, Value>, count>;

/// The value of a word. When it is none of them, throws std::invalid_argument (Python's ValueError)
/// with what refusal() gives and the words that there are.
template <typename Value, std::size_t count, typename Refusal>
Value meaning_of(std::string_view given, const Words<Value, count>& words, Refusal refusal) {
  std::string known;
  for (const auto& [word, value] : words) {
    if (given == word) {
      return value;
    }
    known.append(known.empty() ? "" : ", ").append(word);
  }
  throw std::invalid_argument(refusal() + ", but one of " + known);
}

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_WORDS_H
