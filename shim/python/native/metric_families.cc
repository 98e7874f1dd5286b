#include "shim/python/native/metric_families.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "shim/family_names.h"
#include "shim/published_series.h"
#include "shim/python/native/labels.h"
#include "shim/python/native/options.h"
#include "shim/python/native/words.h"
#include "shm/descriptor.h"
#include "shm/reserved_names.h"

namespace shmx::python {

namespace py = pybind11;

namespace {

constexpr Words<GaugeMode, 6> kGaugeModes = {{{"sum", GaugeMode::sum},
                                              {"min", GaugeMode::min},
                                              {"max", GaugeMode::max},
                                              {"mostrecent", GaugeMode::most_recent},
                                              {"all", GaugeMode::all},
                                              {"in_flight", GaugeMode::in_flight}}};

// What all families are declared by. The agent would leave out what has a reserved name, so the
// application is told now.
struct Declaration {
  std::string name;
  std::string help;
  std::string unit;

  explicit Declaration(Keywords& keywords) {
    keywords.take("name", name);
    help = text_of(keywords.value("help"));
    help.resize(short_help(help).size());
    keywords.take("unit", unit);
    if (is_reserved_family(name)) {
      throw py::value_error("the name " + name + " is reserved for Prometheus and the agent");
    }
  }

  // Throws what the registry would only count: an error of whoever wrote the declaration.
  void check(FamilyDescriptor family) const {
    family.name = name;
    family.help = help;
    family.unit = unit;
    if (const std::string problem = family_problem(family); !problem.empty()) {
      throw py::value_error("the metric " + name + ": " + problem);
    }
  }
};

CounterFamily declare_counter(const py::kwargs& given) {
  Keywords keywords(given, "a counter");
  const Declaration declaration(keywords);
  CounterOptions options{.ticks_per_unit = default_ticks_per_unit(declaration.name),
                         .unit = declaration.unit};
  keywords.take("ticks_per_unit", options.ticks_per_unit);
  keywords.take("exemplars", options.exemplars);
  keywords.done();
  FamilyDescriptor family;
  family.ticks_per_unit = options.ticks_per_unit;
  declaration.check(std::move(family));
  return counter(declaration.name, declaration.help, options);
}

DeclaredGaugeFamily declare_gauge(const py::kwargs& given) {
  Keywords keywords(given, "a gauge");
  const Declaration declaration(keywords);
  std::string mode = "sum";
  keywords.take("mode", mode);
  keywords.done();
  const GaugeOptions options{.mode = gauge_mode_of(mode), .unit = declaration.unit};
  FamilyDescriptor family;
  family.kind = FamilyKind::gauge;
  family.mode = options.mode;
  declaration.check(std::move(family));
  if (options.mode == GaugeMode::in_flight) {
    return {in_flight(declaration.name, declaration.help)};
  }
  return {gauge(declaration.name, declaration.help, options)};
}

// The bounds as given, without the +Inf that is implied.
std::vector<double> take_bounds(Keywords& keywords) {
  const auto defaults = default_time_buckets(Mode::python);
  std::vector<double> bounds(defaults.begin(), defaults.end());
  keywords.take("buckets", bounds);
  if (!bounds.empty() && std::isinf(bounds.back()) && bounds.back() > 0) {
    bounds.pop_back();
  }
  return bounds;
}

// An observation in classic buckets, of which native ones alone have none.
void check_histogram(const Declaration& declaration, const HistogramOptions& options) {
  FamilyDescriptor family;
  family.kind = FamilyKind::histogram;
  family.ticks_per_unit = options.ticks_per_unit;
  family.admits_negative = options.admits_negative;
  if (options.buckets != BucketKind::native) {
    family.bounds = options.bounds;
  }
  if (options.buckets != BucketKind::classic) {
    family.native =
        native_buckets(options.native.schema, options.native.smallest, options.native.largest,
                       options.native.max_buckets, options.admits_negative);
  }
  declaration.check(std::move(family));
}

HistogramFamily declare_histogram(const py::kwargs& given) {
  Keywords keywords(given, "a histogram");
  const Declaration declaration(keywords);
  HistogramOptions options;
  options.bounds = take_bounds(keywords);
  options.ticks_per_unit = default_ticks_per_unit(declaration.name);
  options.unit = declaration.unit;
  options.admits_negative = !options.bounds.empty() && options.bounds.front() < 0;
  keywords.take("ticks_per_unit", options.ticks_per_unit);
  keywords.take("admits_negative", options.admits_negative);
  keywords.take("exemplars", options.exemplars);
  take_bucket_kind(keywords, "bucket_kind", options.buckets);
  take_native(keywords, "native", options.native);
  keywords.done();
  check_histogram(declaration, options);
  return histogram(declaration.name, declaration.help, options);
}

}  // namespace

GaugeMode gauge_mode_of(const std::string& word) {
  return meaning_of(word, kGaugeModes, [&] { return "a gauge's mode cannot be " + word; });
}

void add_metric_families(py::module_& module) {
  py::class_<CounterFamily>(module, "CounterFamily").def(py::init(&declare_counter));
  py::class_<DeclaredGaugeFamily>(module, "GaugeFamily").def(py::init(&declare_gauge));
  py::class_<HistogramFamily>(module, "HistogramFamily").def(py::init(&declare_histogram));
  module.def("label_name_problem", &label_name_problem, py::arg("name"),
             "Why a label may not have this name; empty when it may.");
}

}  // namespace shmx::python
