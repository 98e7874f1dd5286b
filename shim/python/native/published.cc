#include "shim/python/native/published.h"

#include <pybind11/stl.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shim/published_series.h"
#include "shim/python/native/labels.h"
#include "shim/python/native/metric_families.h"
#include "shm/cells.h"
#include "shm/registry.h"

namespace shmx::python {

namespace py = pybind11;

namespace {

std::uint64_t ticks_or_default(const std::string& family, std::optional<std::uint64_t> ticks) {
  return ticks ? *ticks : default_ticks_per_unit(family);
}

std::unique_ptr<PublishedCounter> publish_counter(const py::str& name, const py::str& help,
                                                  const py::dict& labels,
                                                  std::optional<std::uint64_t> ticks_per_unit) {
  const std::string family = text_of(name);
  return std::make_unique<PublishedCounter>(PublishedFamily{family, text_of(help)},
                                            labels_of(labels),
                                            ticks_or_default(family, ticks_per_unit));
}

std::unique_ptr<PublishedGauge> publish_gauge(const py::str& name, const py::str& help,
                                              const py::dict& labels, const std::string& mode) {
  const GaugeMode wanted = gauge_mode_of(mode);
  if (wanted == GaugeMode::in_flight) {
    throw py::value_error("a bridge knows gauges' values, not their increments: not in_flight");
  }
  return std::make_unique<PublishedGauge>(PublishedFamily{text_of(name), text_of(help)},
                                          labels_of(labels), wanted);
}

std::unique_ptr<PublishedHistogram> publish_histogram(const py::str& name, const py::str& help,
                                                      const py::dict& labels,
                                                      std::vector<double> bounds,
                                                      std::optional<std::uint64_t> ticks_per_unit) {
  const std::string family = text_of(name);
  return std::make_unique<PublishedHistogram>(PublishedFamily{family, text_of(help)},
                                              labels_of(labels), std::move(bounds),
                                              ticks_or_default(family, ticks_per_unit));
}

// Observations per bucket of cumulative counts; empty when these fall, or are none.
std::vector<std::uint64_t> buckets_of(const std::vector<double>& cumulative) {
  constexpr double kLimit = 0x1p53;  // Up to here doubles have all integers.
  std::vector<std::uint64_t> buckets;
  double below = 0;
  for (const double count : cumulative) {
    if (!(count >= below) || count > kLimit) {
      return {};
    }
    buckets.push_back(static_cast<std::uint64_t>(count) - static_cast<std::uint64_t>(below));
    below = count;
  }
  return buckets;
}

}  // namespace

void add_published(py::module_& module) {
  py::class_<PublishedCounter>(module, "PublishedCounter")
      .def(py::init(&publish_counter), py::arg("name"), py::arg("help"), py::arg("labels"),
           py::arg("ticks_per_unit") = py::none())
      .def("advance", &PublishedCounter::advance, py::arg("total"), py::arg("only_remember"));
  py::class_<PublishedGauge>(module, "PublishedGauge")
      .def(py::init(&publish_gauge), py::arg("name"), py::arg("help"), py::arg("labels"),
           py::arg("mode"))
      .def("set", &PublishedGauge::set, py::arg("value"))
      .def("leave", &PublishedGauge::leave);
  py::class_<PublishedHistogram>(module, "PublishedHistogram")
      .def(py::init(&publish_histogram), py::arg("name"), py::arg("help"), py::arg("labels"),
           py::arg("bounds"), py::arg("ticks_per_unit") = py::none())
      .def_property_readonly("bounds", &PublishedHistogram::bounds)
      .def(
          "advance",
          [](PublishedHistogram& self, const std::vector<double>& cumulative,
             std::optional<double> sum, bool only_remember) {
            return self.advance(buckets_of(cumulative), sum, only_remember);
          },
          py::arg("cumulative"), py::arg("sum"), py::arg("only_remember"));
  module.def("refuse_value", &cells::refuse_value, "Counts a value as refused.");
  module.def(
      "refuse_registration", [] { count_loss(layout::Loss::registrations_dropped); },
      "Counts a series that cannot be published.");
}

}  // namespace shmx::python
