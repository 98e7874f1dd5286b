// Keyword arguments by name into the C++ options' fields: what is absent or None keeps its default.
#ifndef SHM_EXPORTER_SHIM_PYTHON_NATIVE_KEYWORDS_H
#define SHM_EXPORTER_SHIM_PYTHON_NATIVE_KEYWORDS_H

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstddef>
#include <string>

namespace shmx::python {

class Keywords {
 public:
  /// `of` is what they are arguments or keys of, for errors.
  Keywords(pybind11::dict given, std::string of);

  /// The value of that name, null if it is absent or None. Each name once.
  pybind11::object value(const char* name);

  /// Throws pybind11::type_error when the value is no T.
  template <typename T>
  void take(const char* name, T& field) {
    const pybind11::object given = value(name);
    if (!given) {
      return;
    }
    try {
      field = given.cast<T>();
    } catch (const pybind11::cast_error&) {
      throw pybind11::type_error(refusal(name, given));
    }
  }

  /// Throws pybind11::type_error when there was a name that nobody asked for.
  void done() const;

  /// "NAME of OF cannot be VALUE".
  std::string refusal(const char* name, const pybind11::handle& given) const;

 private:
  pybind11::dict left_;
  std::string of_;
};

}  // namespace shmx::python

#endif  // SHM_EXPORTER_SHIM_PYTHON_NATIVE_KEYWORDS_H
