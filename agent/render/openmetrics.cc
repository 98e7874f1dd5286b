// See openmetrics.h. Lines are those that text 0.0.4 has too; headers, exemplars and start times
// are OpenMetrics' own.
#include "agent/render/openmetrics.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agent/render/base_name.h"
#include "agent/render/exemplars.h"
#include "agent/render/line_writer.h"
#include "agent/render/openmetrics_families.h"
#include "agent/render/selection.h"

namespace shmx::render {
namespace {

/// What follows a sample's number; empty without an exemplar.
void assign_tail(std::string& tail, const model::Exemplar* exemplar) {
  tail.clear();
  if (exemplar == nullptr) {
    return;
  }
  char number[kMaxNumberBytes];
  tail += " # {";
  model::append_label_block(tail, exemplar->labels);
  tail += "} ";
  tail.append(number, write_float(number, exemplar->value));
  if (exemplar->unix_ns > 0) {
    tail += ' ';
    tail.append(number, write_seconds(number, exemplar->unix_ns));
  }
}

class OpenMetricsRenderer {
 public:
  OpenMetricsRenderer(std::string& page, bool created)
      : lines_(page, write_float), created_(created) {}

  void render(const OpenMetricsFamily& family);
  void finish();

 private:
  void write_header(const OpenMetricsFamily& family);
  void write_counter(const model::Point& point, const model::CounterValue& counter);
  void write_histogram(const model::Point& point, const model::HistogramValue& value);
  void write_created(const model::Point& point);

  LineWriter lines_;
  bool created_;
  model::Type type_ = model::Type::untyped;
  std::string open_created_;
  // Of the point at hand; kept for their memory.
  std::vector<const model::Exemplar*> exemplars_;
  std::vector<std::string> tails_;
};

void OpenMetricsRenderer::write_header(const OpenMetricsFamily& family) {
  const model::FamilyInfo& info = *family.parts.front()->info;
  std::string header = "# TYPE " + family.name + " ";
  header.append(type_word(family.type, "unknown")).append("\n");
  if (names_unit(family.name, info.unit)) {
    header.append("# UNIT ").append(family.name).append(" ").append(info.unit).append("\n");
  }
  header.append("# HELP ").append(family.name).append(" ");
  model::append_escaped(header, info.help);
  header += '\n';
  lines_.write(header);
}

void OpenMetricsRenderer::write_created(const model::Point& point) {
  if (!created_ || point.created_unix_ns <= 0) {
    return;
  }
  char number[kMaxNumberBytes];
  const std::string_view seconds(number, write_seconds(number, point.created_unix_ns));
  lines_.write_text(open_created_, point.series->label_block(), seconds);
}

void OpenMetricsRenderer::write_counter(const model::Point& point,
                                        const model::CounterValue& counter) {
  const std::string& labels = point.series->label_block();
  if (type_ != model::Type::counter) {
    lines_.write_ticks(labels, counter.ticks);
    return;
  }
  if (point.exemplars.empty()) {
    lines_.write_ticks(labels, counter.ticks);
  } else {
    const model::Exemplar& exemplar = point.exemplars.front();
    tails_.resize(std::max<std::size_t>(tails_.size(), 1));
    assign_tail(tails_.front(), is_shown(exemplar) ? &exemplar : nullptr);
    lines_.write_ticks(labels, counter.ticks, tails_.front());
  }
  write_created(point);
}

void OpenMetricsRenderer::write_histogram(const model::Point& point,
                                          const model::HistogramValue& value) {
  std::span<const std::string> tails;
  if (!point.exemplars.empty()) {
    exemplars_of_buckets(point.exemplars, lines_.bounds(), exemplars_);
    tails_.resize(std::max(tails_.size(), exemplars_.size()));
    for (std::size_t i = 0; i < exemplars_.size(); ++i) {
      assign_tail(tails_[i], exemplars_[i]);
    }
    tails = std::span(tails_).first(exemplars_.size());
  }
  const std::string& labels = point.series->label_block();
  const std::optional<model::Ticks> observations = lines_.write_buckets(labels, value, tails);
  if (!observations) {
    return;
  }
  const std::vector<double>& bounds = lines_.bounds();
  if (value.sum >= 0 && (bounds.empty() || bounds.front() >= 0)) {
    lines_.write_sum_and_count(labels, value.sum, *observations);
  }
  write_created(point);
}

void OpenMetricsRenderer::render(const OpenMetricsFamily& family) {
  write_header(family);
  type_ = family.type;
  open_created_.assign(family.name).append("_created{");
  for (const model::Family* part : family.parts) {
    lines_.prepare(*part->info);
    for (const model::Point& point : part->points) {
      if (const auto* counter = std::get_if<model::CounterValue>(&point.value)) {
        write_counter(point, *counter);
      } else if (const auto* gauge = std::get_if<model::GaugeValue>(&point.value)) {
        lines_.write_double(point.series->label_block(), gauge->value);
      } else {
        write_histogram(point, std::get<model::HistogramValue>(point.value));
      }
    }
  }
}

void OpenMetricsRenderer::finish() {
  lines_.write("# EOF\n");
  lines_.finish();
}

}  // namespace

void append_openmetrics(std::span<const model::Family* const> families, std::string& text,
                        std::span<const std::string> names, bool created) {
  const std::vector<const model::Family*> shown = selected(families, names);
  text.reserve(text.size() + expected_bytes(shown));
  OpenMetricsRenderer renderer(text, created);
  const OpenMetricsFamilies page(shown);
  for (const OpenMetricsFamily& family : page.families()) {
    renderer.render(family);
  }
  renderer.finish();
}

}  // namespace shmx::render
