// For people; see dump.h.
#include <fmt/format.h>

#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "agent/model/names.h"
#include "agent/render/numbers.h"
#include "agent/tool/dump.h"
#include "agent/tool/presented.h"
#include "agent/tool/printable.h"
#include "agent/tool/readings.h"

namespace shmx::tool {
namespace {

std::string units_text(model::Ticks ticks, std::uint64_t ticks_per_unit) {
  char buffer[render::kMaxNumberBytes];
  return {buffer, render::write_units(buffer, ticks, ticks_per_unit)};
}

std::string double_text(double value) {
  char buffer[render::kMaxNumberBytes];
  return {buffer, render::write_double(buffer, value)};
}

std::string losses_text(const Segment& segment) {
  std::string text;
  const auto& losses = segment.reader.losses();
  for (std::size_t loss = 0; loss < losses.size(); ++loss) {
    if (losses[loss] != 0) {
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ", model::loss_name(loss), losses[loss]);
    }
  }
  return text.empty() ? "none" : text;
}

/// A line per certificate, without its end.
std::string presented_text(const Segment& segment) {
  const auto presented = presented_by(segment);
  if (!presented) {
    return "what is no certificate: " + printable(presented.error().message);
  }
  std::string text;
  for (const x509::Names& names : presented.value()) {
    text += fmt::format("{}{} for {}, issued by {}, until {}", text.empty() ? "" : "\n         ",
                        printable(names.subject),
                        printable(fmt::format("{}", fmt::join(x509::alternatives(names), ", "))),
                        printable(names.issuer), seconds_text(names.not_after_unix_s));
  }
  return text.empty() ? "nothing that it told" : text;
}

std::string header_text(const Segment& segment) {
  const SegmentClaims& claims = segment.reader.claims();
  return fmt::format(
      "segment  {}\n"
      "state    {}\n"
      "size     {} bytes\n"
      "layout   {}.{}\n"
      "uuid     {:02x}\n"
      "service  {}\n"
      "pid      {} (as the process says)\n"
      "started  {}\n"
      "losses   {}\n"
      "presents {}\n"
      "holds    {} families, {} series\n",
      printable(segment.path), state_name(segment.state), segment.size_bytes, claims.major,
      claims.minor, fmt::join(claims.uuid, ""), printable(claims.service), claims.pid,
      time_text(claims.start_time_unix_ns), losses_text(segment), presented_text(segment),
      segment.reader.families().size(), segment.reader.series().size());
}

std::string family_text(const FamilyDescriptor& family) {
  if (!is_known(family.kind)) {
    return fmt::format("\na family of kind {}, which this release does not know\n",
                       static_cast<unsigned>(family.kind));
  }
  std::string text = fmt::format("\n{} {}", model::kind_name(family.kind), printable(family.name));
  if (family.mode != GaugeMode::none) {
    text += fmt::format(", mode {}", model::mode_name(family.mode));
  }
  if (!family.unit.empty()) {
    text += fmt::format(", in {}", printable(family.unit));
  }
  if (family.ticks_per_unit != 1) {
    text += fmt::format(", counted in 1/{}", family.ticks_per_unit);
  }
  if (const auto& native = family.native) {
    text += fmt::format(", {} native buckets of schema {} from {} to {}{}", native->count,
                        native->schema, double_text(zero_threshold(*native)),
                        double_text(native_bound(native->schema, native->last_index())),
                        native->negative ? ", negative too" : "");
  }
  return text + fmt::format("\n  {}\n", printable(family.help));
}

std::string reading_text(const CounterReading& reading, const FamilyDescriptor& family) {
  return units_text(reading.ticks, family.ticks_per_unit) + "\n";
}

std::string reading_text(const GaugeReading& reading, const FamilyDescriptor& /*family*/) {
  if (!reading.value) {
    return "never set\n";
  }
  std::string text = double_text(*reading.value);
  if (reading.set_unix_ns) {
    text += ", set " + time_text(*reading.set_unix_ns);
  }
  return text + "\n";
}

std::string reading_text(const HistogramReading& reading, const FamilyDescriptor& family) {
  std::string text = fmt::format("count {}, sum {}\n", units_text(reading.count, 1),
                                 units_text(reading.sum_ticks, family.ticks_per_unit));
  for (std::size_t i = 0; i < reading.buckets.size(); ++i) {
    const bool last = i == family.bounds.size();
    fmt::format_to(std::back_inserter(text), "      up to {:<8} {}\n",
                   last ? "+Inf" : double_text(family.bounds[i]), reading.buckets[i]);
  }
  for (const NativeReading& bucket : reading.native) {
    fmt::format_to(std::back_inserter(text), "      from {} to {}  {}\n", double_text(bucket.above),
                   double_text(bucket.up_to), bucket.observations);
  }
  return text;
}

std::string exemplar_text(const ExemplarReading& exemplar, const FamilyDescriptor& family) {
  return fmt::format("      exemplar {} trace {:02x} span {:02x}, {}\n",
                     units_text(exemplar.ticks, family.ticks_per_unit),
                     fmt::join(exemplar.span.trace_id, ""), fmt::join(exemplar.span.span_id, ""),
                     time_text(static_cast<std::uint64_t>(exemplar.unix_ns)));
}

std::string series_text(const SeriesDescriptor& series, const FamilyDescriptor& family,
                        std::span<const std::uint64_t> cells) {
  const Reading reading = read_cells(family, cells.subspan(series.first_cell, series.cell_count));
  return fmt::format(
      "  {{{}}}{} {}", printable(model::Series(series.labels).label_block()),
      series.overflow ? " (overflow)" : "",
      std::visit([&](const auto& value) { return reading_text(value, family); }, reading));
}

}  // namespace

std::string_view state_name(LockState state) {
  switch (state) {
    case LockState::held:
      return "live";
    case LockState::free:
      return "dead";
    case LockState::error:
      break;
  }
  return "unknown";
}

std::string dump_text(const Segment& segment) {
  const std::vector<FamilyDescriptor>& families = segment.reader.families();
  // Series of one family need not be neighbours in the directory.
  std::vector<std::string> series_of(families.size());
  const std::vector<SeriesDescriptor>& all = segment.reader.series();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const FamilyDescriptor& family = families[all[i].family];
    std::string& text = series_of[all[i].family];
    text += series_text(all[i], family, segment.reader.cells());
    for (const ExemplarReading& exemplar : exemplars_of(segment, i)) {
      text += exemplar_text(exemplar, family);
    }
  }
  std::string text = header_text(segment);
  for (std::size_t i = 0; i < families.size(); ++i) {
    text += family_text(families[i]) + series_of[i];
  }
  return text;
}

}  // namespace shmx::tool
