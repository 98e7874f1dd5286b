// Each method is a few machine instructions around the same call that a C++ service makes. Counting
// raises nothing but the TypeError of what is no number; what cannot be counted is counted as lost.
#include "shim/python/native/metric_series.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "shim/metrics.h"
#include "shim/python/native/labels.h"
#include "shim/python/native/metric_families.h"
#include "shim/python/native/plain_type.h"
#include "shim/trace_context.h"
#include "shm/cells.h"

namespace shmx::python {

namespace py = pybind11;

namespace {

using AnyGauge = std::variant<Gauge, InFlight>;

template <typename Value>
struct Series {
  PyObject_HEAD alignas(Value) std::byte value[sizeof(Value)];
};

template <typename Value>
Value& value_of(PyObject* self) noexcept {
  return *std::launder(reinterpret_cast<Value*>(reinterpret_cast<Series<Value>*>(self)->value));
}

template <typename Value>
PyObject* new_series(PyTypeObject* type, PyObject* /*arguments*/, PyObject* /*keywords*/) noexcept {
  PyObject* const self = type->tp_alloc(type, 0);
  if (self != nullptr) {
    new (reinterpret_cast<Series<Value>*>(self)->value) Value();
  }
  return self;
}

template <typename Value>
void dealloc_series(PyObject* self) noexcept {
  std::destroy_at(&value_of<Value>(self));
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

// The text of a dictionary's entry; empty when there is none.
std::string_view entry(PyObject* dictionary, const char* key) noexcept {
  PyObject* const value = PyDict_GetItemString(dictionary, key);
  Py_ssize_t size = 0;
  const char* const text =
      value != nullptr && PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, &size) : nullptr;
  PyErr_Clear();
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<std::size_t>(size));
}

// The span of an exemplar's labels, as prometheus_client has them: {"trace_id": ..., "span_id":
// ...} in hexadecimal digits. None of what is anything else: exemplars here are spans.
std::optional<SpanContext> span_of(PyObject* exemplar) noexcept {
  if (exemplar == nullptr || !PyDict_Check(exemplar)) {
    return std::nullopt;
  }
  try {
    std::string header = "00-";
    header.append(entry(exemplar, "trace_id")).append("-");
    header.append(entry(exemplar, "span_id")).append("-01");
    const auto context = parse_traceparent(header);
    return context ? std::optional<SpanContext>(context->span) : std::nullopt;
  } catch (...) {
    return std::nullopt;  // No memory: the count matters more.
  }
}

// The value of a number. False with a TypeError set when it is none; an int that is too large for a
// double is infinite.
bool double_of(PyObject* number, double& value) noexcept {
  value = PyFloat_AsDouble(number);
  if (value != -1 || PyErr_Occurred() == nullptr) {
    return true;
  }
  if (PyErr_ExceptionMatches(PyExc_OverflowError) == 0) {
    return false;
  }
  PyErr_Clear();
  value = HUGE_VAL;
  return true;
}

// False with a TypeError set when `amount` is no number; 1 when it is null.
bool add(const Counter& counter, PyObject* amount, PyObject* exemplar) noexcept {
  const auto span = span_of(exemplar);
  if (amount == nullptr || PyLong_Check(amount)) {
    long long n = 1;
    if (amount != nullptr && !integer_of(amount, n)) {
      return false;
    }
    if (n < 0) {
      cells::refuse_value();
    } else if (span) {
      counter.add(static_cast<std::uint64_t>(n), *span);
    } else {
      counter.add(static_cast<std::uint64_t>(n));
    }
    return true;
  }
  double units = 0;
  if (!double_of(amount, units)) {
    return false;
  }
  if (span) {
    counter.add_fraction(units, *span);
  } else {
    counter.add_fraction(units);
  }
  return true;
}

PyObject* counter_inc(PyObject* self, PyObject* const* arguments, Py_ssize_t positional,
                      PyObject* keywords) noexcept {
  const Counter& counter = value_of<Counter>(self);
  if (positional == 0 && keywords == nullptr) {
    counter.add();
    Py_RETURN_NONE;
  }
  static constexpr std::array kNames = {"amount", "exemplar"};
  std::array<PyObject*, 2> given;
  if (!find_arguments("inc", {arguments, positional, keywords}, kNames, given) ||
      !add(counter, given[0], given[1])) {
    return nullptr;
  }
  Py_RETURN_NONE;
}

// Whole numbers alone: others are refused, since a cell in flight is an integer.
void add(const InFlight& in_flight, double amount) noexcept {
  constexpr double kLimit = 0x1p53;  // Up to here doubles have all integers.
  if (std::trunc(amount) != amount || std::abs(amount) > kLimit) {
    cells::refuse_value();
    return;
  }
  in_flight.add(static_cast<std::int64_t>(amount));
}

void add(PyObject* self, double amount) noexcept {
  const AnyGauge& any = value_of<AnyGauge>(self);
  if (const auto* const gauge = std::get_if<Gauge>(&any)) {
    gauge->add(amount);
  } else if (const auto* const in_flight = std::get_if<InFlight>(&any)) {
    add(*in_flight, amount);
  }
}

// One optional number, 1 where it is not given.
bool amount_of(const char* method, const Arguments& arguments, double& amount) noexcept {
  static constexpr std::array kNames = {"amount"};
  std::array<PyObject*, 1> given;
  amount = 1;
  return find_arguments(method, arguments, kNames, given) &&
         (given[0] == nullptr || double_of(given[0], amount));
}

PyObject* gauge_inc(PyObject* self, PyObject* const* arguments, Py_ssize_t positional,
                    PyObject* keywords) noexcept {
  double amount = 0;
  if (!amount_of("inc", {arguments, positional, keywords}, amount)) {
    return nullptr;
  }
  add(self, amount);
  Py_RETURN_NONE;
}

PyObject* gauge_dec(PyObject* self, PyObject* const* arguments, Py_ssize_t positional,
                    PyObject* keywords) noexcept {
  double amount = 0;
  if (!amount_of("dec", {arguments, positional, keywords}, amount)) {
    return nullptr;
  }
  add(self, -amount);
  Py_RETURN_NONE;
}

PyObject* gauge_set(PyObject* self, PyObject* value) noexcept {
  double number = 0;
  if (!double_of(value, number)) {
    return nullptr;
  }
  const auto* const gauge = std::get_if<Gauge>(&value_of<AnyGauge>(self));
  if (gauge == nullptr) {
    cells::refuse_value();  // Of what is in flight only the sum of all processes has a meaning.
  } else {
    gauge->set(number);
  }
  Py_RETURN_NONE;
}

PyObject* histogram_observe(PyObject* self, PyObject* const* arguments, Py_ssize_t positional,
                            PyObject* keywords) noexcept {
  static constexpr std::array kNames = {"amount", "exemplar"};
  std::array<PyObject*, 2> given;
  if (!find_arguments("observe", {arguments, positional, keywords}, kNames, given)) {
    return nullptr;
  }
  if (given[0] == nullptr) {
    PyErr_SetString(PyExc_TypeError, "observe() takes a number");
    return nullptr;
  }
  double value = 0;
  if (!double_of(given[0], value)) {
    return nullptr;
  }
  const Histogram& histogram = value_of<Histogram>(self);
  if (const auto span = span_of(given[1])) {
    histogram.observe(value, *span);
  } else {
    histogram.observe(value);
  }
  Py_RETURN_NONE;
}

constexpr int kOptional = METH_FASTCALL | METH_KEYWORDS;

PyMethodDef g_counter_methods[] = {
    {"inc", as_method(counter_inc), kOptional,
     "inc(amount=1, exemplar=None): adds a number that is not negative."},
    {}};

PyMethodDef g_gauge_methods[] = {
    {"inc", as_method(gauge_inc), kOptional, "inc(amount=1): adds a number."},
    {"dec", as_method(gauge_dec), kOptional, "dec(amount=1): takes a number away."},
    {"set", as_method(gauge_set), METH_O, "set(value, /): is this number from now on."},
    {}};

PyMethodDef g_histogram_methods[] = {
    {"observe", as_method(histogram_observe), kOptional,
     "observe(amount, exemplar=None): observes a value in the metric's unit."},
    {}};

template <typename Value>
PyTypeObject* add_series_type(py::module_& module, const char* name, PyMethodDef* methods) {
  PyType_Slot slots[] = {{Py_tp_new, as_slot(new_series<Value>)},
                         {Py_tp_dealloc, as_slot(dealloc_series<Value>)},
                         {Py_tp_methods, methods},
                         {0, nullptr}};
  PyType_Spec spec = {name, sizeof(Series<Value>), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE, slots};
  return add_plain_type(module, spec);
}

// Defines a function that makes an object count in the series of these labels.
template <typename Value, typename Family, typename Labelled>
void add_bind(py::module_& module, const char* name, PyTypeObject* type, Labelled labelled) {
  module.def(
      name,
      [type, labelled](const py::object& series, const Family& family, const py::dict& labels) {
        if (PyObject_TypeCheck(series.ptr(), type) == 0) {
          throw py::type_error(std::string("a ") + type->tp_name + " was expected");
        }
        value_of<Value>(series.ptr()) = labelled(family, labels_of(labels));
      },
      py::arg("series"), py::arg("family"), py::arg("labels"));
}

AnyGauge labelled_gauge(const DeclaredGaugeFamily& declared, Labels labels) {
  if (const auto* const in_flight = std::get_if<InFlightFamily>(&declared.family)) {
    return in_flight->labels(std::move(labels));
  }
  return std::get<GaugeFamily>(declared.family).labels(std::move(labels));
}

}  // namespace

void add_metric_series(py::module_& module) {
  const auto labelled = [](const auto& family, Labels labels) {
    return family.labels(std::move(labels));
  };
  add_bind<Counter, CounterFamily>(
      module, "bind_counter",
      add_series_type<Counter>(module, "shm_exporter._native.CounterSeries", g_counter_methods),
      labelled);
  add_bind<AnyGauge, DeclaredGaugeFamily>(
      module, "bind_gauge",
      add_series_type<AnyGauge>(module, "shm_exporter._native.GaugeSeries", g_gauge_methods),
      labelled_gauge);
  add_bind<Histogram, HistogramFamily>(
      module, "bind_histogram",
      add_series_type<Histogram>(module, "shm_exporter._native.HistogramSeries",
                                 g_histogram_methods),
      labelled);
}

}  // namespace shmx::python
