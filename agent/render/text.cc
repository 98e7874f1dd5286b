// Text 0.0.4: headers as it has them, and the lines that both text formats share.
#include "agent/render/text.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/render/histogram_numbers.h"
#include "agent/render/line_writer.h"
#include "agent/render/selection.h"

namespace shmx::render {
namespace {

std::string escape_help(std::string_view help) {
  std::string escaped;
  for (const char c : help) {
    if (c == '\\') {
      escaped += "\\\\";
    } else if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

void write_header(LineWriter& lines, const model::FamilyInfo& info) {
  lines.write("# HELP ");
  lines.write(info.name);
  lines.write(" ");
  lines.write(escape_help(info.help));
  lines.write("\n# TYPE ");
  lines.write(info.name);
  lines.write(" ");
  lines.write(type_word(info.type, "untyped"));
  lines.write("\n");
}

void write_points(LineWriter& lines, const model::Family& family) {
  lines.prepare(*family.info);
  for (const model::Point& point : family.points) {
    const std::string& labels = point.series->label_block();
    if (const auto* counter = std::get_if<model::CounterValue>(&point.value)) {
      lines.write_ticks(labels, counter->ticks);
    } else if (const auto* gauge = std::get_if<model::GaugeValue>(&point.value)) {
      lines.write_double(labels, gauge->value);
    } else {
      const auto& value = std::get<model::HistogramValue>(point.value);
      if (const std::optional<model::Ticks> observations = lines.write_buckets(labels, value)) {
        lines.write_sum_and_count(labels, value.sum, *observations);
      }
    }
  }
}

}  // namespace

void append_text(std::span<const model::Family* const> families, std::string& text,
                 std::span<const std::string> names) {
  std::deque<model::Family> made;
  const std::vector<const model::Family*> shown =
      with_numbers(selected(families, names), write_double, made);
  text.reserve(text.size() + expected_bytes(shown));
  LineWriter lines(text, write_double);
  std::string_view name;
  for (const model::Family* family : shown) {
    // Neighbours of one name are one family: one HELP, one TYPE.
    if (name != family->info->name) {
      name = family->info->name;
      write_header(lines, *family->info);
    }
    write_points(lines, *family);
  }
  lines.finish();
}

void append_text(const model::Snapshot& snapshot, std::string& text) {
  std::vector<const model::Family*> families;
  families.reserve(snapshot.families.size());
  for (const model::Family& family : snapshot.families) {
    families.push_back(&family);
  }
  append_text(families, text);
}

}  // namespace shmx::render
