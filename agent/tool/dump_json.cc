// For programs; see dump.h.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/names.h"
#include "agent/tool/dump.h"
#include "agent/tool/presented.h"
#include "agent/tool/readings.h"

namespace shmx::tool {
namespace {

namespace json = boost::json;

json::value number(double value) {
  if (std::isfinite(value)) {
    return value;
  }
  return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/// An integer wherever JSON libraries keep one, else the nearest double.
json::value integer(model::Ticks value) {
  if (value >= 0 && value <= std::numeric_limits<std::uint64_t>::max()) {
    return static_cast<std::uint64_t>(value);
  }
  if (value < 0 && value >= std::numeric_limits<std::int64_t>::min()) {
    return static_cast<std::int64_t>(value);
  }
  return static_cast<double>(value);
}

json::value units(model::Ticks ticks, std::uint64_t ticks_per_unit) {
  return ticks_per_unit == 1 ? integer(ticks) : number(model::to_units(ticks, ticks_per_unit));
}

void add_reading(json::object& out, const CounterReading& reading, const FamilyDescriptor& family) {
  out["ticks"] = reading.ticks;
  out["value"] = units(reading.ticks, family.ticks_per_unit);
}

void add_reading(json::object& out, const GaugeReading& reading,
                 const FamilyDescriptor& /*family*/) {
  out["value"] = reading.value ? number(*reading.value) : json::value(nullptr);
  if (reading.set_unix_ns) {
    out["set_unix_ns"] = *reading.set_unix_ns;
  }
}

void add_reading(json::object& out, const HistogramReading& reading,
                 const FamilyDescriptor& family) {
  if (!reading.buckets.empty()) {
    out["buckets"] = json::array(reading.buckets.begin(), reading.buckets.end());
  }
  if (family.native) {
    json::array buckets;
    for (const NativeReading& bucket : reading.native) {
      buckets.push_back({{"above", number(bucket.above)},
                         {"up_to", number(bucket.up_to)},
                         {"observations", bucket.observations}});
    }
    out["native_buckets"] = std::move(buckets);
  }
  out["count"] = integer(reading.count);
  out["sum_ticks"] = integer(reading.sum_ticks);
  out["sum"] = units(reading.sum_ticks, family.ticks_per_unit);
}

json::object series_object(const SeriesDescriptor& series, const FamilyDescriptor& family,
                           std::span<const std::uint64_t> cells) {
  json::object labels;
  for (const Label& label : series.labels) {
    labels[label.name] = label.value;
  }
  json::object out;
  out["labels"] = std::move(labels);
  out["overflow"] = series.overflow;
  out["first_cell"] = series.first_cell;
  const Reading reading = read_cells(family, cells.subspan(series.first_cell, series.cell_count));
  std::visit([&](const auto& value) { add_reading(out, value, family); }, reading);
  return out;
}

json::array exemplar_array(std::span<const ExemplarReading> exemplars,
                           const FamilyDescriptor& family) {
  json::array out;
  for (const ExemplarReading& exemplar : exemplars) {
    json::object object;
    object["ticks"] = exemplar.ticks;
    object["value"] = units(exemplar.ticks, family.ticks_per_unit);
    object["unix_ns"] = exemplar.unix_ns;
    object["trace_id"] = fmt::format("{:02x}", fmt::join(exemplar.span.trace_id, ""));
    object["span_id"] = fmt::format("{:02x}", fmt::join(exemplar.span.span_id, ""));
    out.push_back(std::move(object));
  }
  return out;
}

json::object family_object(const FamilyDescriptor& family) {
  json::object out;
  out["kind"] = model::kind_name(family.kind);
  if (!is_known(family.kind)) {
    out["kind_number"] = static_cast<unsigned>(family.kind);
    return out;
  }
  out["name"] = family.name;
  out["help"] = family.help;
  out["unit"] = family.unit;
  out["ticks_per_unit"] = family.ticks_per_unit;
  if (family.kind == FamilyKind::gauge) {
    out["mode"] = model::mode_name(family.mode);
  }
  if (family.kind == FamilyKind::histogram) {
    if (classic_cells_of(family) != 0) {
      out["bounds"] = json::array(family.bounds.begin(), family.bounds.end());
    }
    if (const auto& native = family.native) {
      out["native"] = {{"schema", native->schema},
                       {"zero_threshold", zero_threshold(*native)},
                       {"largest", native_bound(native->schema, native->last_index())},
                       {"buckets", native->count}};
    }
    out["admits_negative"] = family.admits_negative;
  }
  return out;
}

json::array family_array(const Segment& segment) {
  const std::vector<FamilyDescriptor>& families = segment.reader.families();
  std::vector<json::array> series_of(families.size());
  const std::vector<SeriesDescriptor>& all = segment.reader.series();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const FamilyDescriptor& family = families[all[i].family];
    json::object series = series_object(all[i], family, segment.reader.cells());
    if (const auto exemplars = exemplars_of(segment, i); !exemplars.empty()) {
      series["exemplars"] = exemplar_array(exemplars, family);
    }
    series_of[all[i].family].push_back(std::move(series));
  }
  json::array out;
  for (std::size_t i = 0; i < families.size(); ++i) {
    json::object family = family_object(families[i]);
    family["series"] = std::move(series_of[i]);
    out.push_back(std::move(family));
  }
  return out;
}

json::value certificates_value(const Segment& segment) {
  const auto presented = presented_by(segment);
  if (!presented) {
    return {{"error", presented.error().message}};
  }
  const auto texts = [](const std::vector<std::string>& all) {
    return json::array(all.begin(), all.end());
  };
  json::array out;
  for (const x509::Names& names : presented.value()) {
    out.push_back({{"subject", names.subject},
                   {"issuer", names.issuer},
                   {"dns", texts(names.dns)},
                   {"uris", texts(names.uris)},
                   {"addresses", texts(names.addresses)},
                   {"emails", texts(names.emails)},
                   {"not_before_unix_s", names.not_before_unix_s},
                   {"not_after_unix_s", names.not_after_unix_s}});
  }
  return out;
}

json::object losses_object(const Segment& segment) {
  json::object out;
  for (std::size_t loss = 0; loss < model::kNamedLosses; ++loss) {
    out[model::loss_name(loss)] = segment.reader.losses()[loss];
  }
  return out;
}

}  // namespace

std::string dump_json(const Segment& segment) {
  const SegmentClaims& claims = segment.reader.claims();
  json::object out;
  out["path"] = segment.path;
  out["state"] = state_name(segment.state);
  out["size_bytes"] = segment.size_bytes;
  out["layout"] = fmt::format("{}.{}", claims.major, claims.minor);
  out["uuid"] = fmt::format("{:02x}", fmt::join(claims.uuid, ""));
  out["service"] = claims.service;
  out["pid"] = claims.pid;
  out["start_time_unix_ns"] = claims.start_time_unix_ns;
  out["losses"] = losses_object(segment);
  out["certificates"] = certificates_value(segment);
  out["families"] = family_array(segment);
  return json::serialize(out) + "\n";
}

}  // namespace shmx::tool
