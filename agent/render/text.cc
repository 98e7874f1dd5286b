// Text 0.0.4, the fast way: a line is a few copies of bytes that were prepared once per series
// (Series::label_block) or once per family (names, le labels), and one number.
#include "agent/render/text.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/render/numbers.h"
#include "agent/render/page_writer.h"
#include "agent/render/selection.h"

namespace shmx::render {
namespace {

/// What a line has besides its name, its labels and its number: "{", ",", "} ", LF.
constexpr std::size_t kPunctuationBytes = 8;

/// `le="..."} ` with the longest bound.
constexpr std::size_t kMaxLeBytes = kMaxNumberBytes + 8;

std::string_view type_word(model::Type type) {
  switch (type) {
    case model::Type::counter:
      return "counter";
    case model::Type::gauge:
      return "gauge";
    case model::Type::histogram:
      return "histogram";
    case model::Type::untyped:
      break;
  }
  return "untyped";
}

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

/// Renders family after family; keeps what was prepared for one family while the next can use it.
class TextRenderer {
 public:
  explicit TextRenderer(std::string& page) : out_(page) {}

  void render(const model::Family& family);
  void finish() { out_.flush(); }

 private:
  void write_header_once(const model::FamilyInfo& info);
  void prepare(const model::FamilyInfo& info);
  void write_ticks_line(std::string_view open, const std::string& labels, model::Ticks ticks,
                        std::uint64_t ticks_per_unit);
  void write_double_line(std::string_view open, const std::string& labels, double value);
  void write_histogram(const std::string& labels, const model::FamilyInfo& info,
                       const model::HistogramValue& value);
  model::Ticks write_buckets(const std::string& labels, const std::vector<model::Ticks>& buckets);

  PageWriter out_;
  std::string name_;
  // Sample names of the family at hand, each with an opening brace.
  std::string open_;
  std::string open_bucket_;
  std::string open_sum_;
  std::string open_count_;
  // `le="0.005"} ` for each of bounds_, and +Inf's. Most families have the bounds of the one
  // before.
  std::vector<double> bounds_;
  std::vector<std::string> le_ends_ = {"le=\"+Inf\"} "};
};

/// Writes `name{labels} ` or, without labels, `name `.
char* put_opening(char* at, std::string_view open, const std::string& labels) {
  if (labels.empty()) {
    open.remove_suffix(1);
    at = put(at, open);
    *at++ = ' ';
    return at;
  }
  at = put(at, open);
  at = put(at, labels);
  return put(at, "} ");
}

/// Neighbours of one name are one family: one HELP, one TYPE.
void TextRenderer::write_header_once(const model::FamilyInfo& info) {
  if (name_ == info.name) {
    return;
  }
  name_ = info.name;
  out_.write("# HELP ");
  out_.write(info.name);
  out_.write(" ");
  out_.write(escape_help(info.help));
  out_.write("\n# TYPE ");
  out_.write(info.name);
  out_.write(" ");
  out_.write(type_word(info.type));
  out_.write("\n");
}

void TextRenderer::prepare(const model::FamilyInfo& info) {
  open_.assign(info.name).append("{");
  open_bucket_.assign(info.name).append("_bucket{");
  open_sum_.assign(info.name).append("_sum{");
  open_count_.assign(info.name).append("_count{");
  if (bounds_ == info.bounds) {
    return;
  }
  bounds_ = info.bounds;
  le_ends_.clear();
  for (const double bound : bounds_) {
    char number[kMaxNumberBytes];
    char* const end = write_double(number, bound);
    le_ends_.push_back("le=\"" + std::string(number, end) + "\"} ");
  }
  le_ends_.emplace_back("le=\"+Inf\"} ");
}

void TextRenderer::write_ticks_line(std::string_view open, const std::string& labels,
                                    model::Ticks ticks, std::uint64_t ticks_per_unit) {
  char* at = out_.room(open.size() + labels.size() + kPunctuationBytes + kMaxNumberBytes);
  at = put_opening(at, open, labels);
  at = write_units(at, ticks, ticks_per_unit);
  *at++ = '\n';
  out_.advance(at);
}

void TextRenderer::write_double_line(std::string_view open, const std::string& labels,
                                     double value) {
  char* at = out_.room(open.size() + labels.size() + kPunctuationBytes + kMaxNumberBytes);
  at = put_opening(at, open, labels);
  at = write_double(at, value);
  *at++ = '\n';
  out_.advance(at);
}

/// Returns the number of observations. The lines differ in their ends only, so each begins as a
/// copy of the first one's beginning.
model::Ticks TextRenderer::write_buckets(const std::string& labels,
                                         const std::vector<model::Ticks>& buckets) {
  const std::size_t line_bytes =
      open_bucket_.size() + labels.size() + kMaxLeBytes + kPunctuationBytes + kMaxNumberBytes;
  char* at = out_.room(buckets.size() * line_bytes);
  char* const first = at;
  at = put(at, open_bucket_);
  at = put(at, labels);
  if (!labels.empty()) {
    *at++ = ',';
  }
  const std::string_view beginning(first, static_cast<std::size_t>(at - first));
  model::Ticks observations = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (i != 0) {
      at = put(at, beginning);
    }
    observations += buckets[i];
    at = put(at, le_ends_[i]);
    at = write_ticks(at, observations);
    *at++ = '\n';
  }
  out_.advance(at);
  return observations;
}

void TextRenderer::write_histogram(const std::string& labels, const model::FamilyInfo& info,
                                   const model::HistogramValue& value) {
  if (value.buckets.size() != le_ends_.size()) {
    assert(!"a histogram has one bucket more than its family has bounds");
    return;
  }
  const model::Ticks observations = write_buckets(labels, value.buckets);
  write_ticks_line(open_sum_, labels, value.sum, info.ticks_per_unit);
  write_ticks_line(open_count_, labels, observations, 1);
}

void TextRenderer::render(const model::Family& family) {
  const model::FamilyInfo& info = *family.info;
  write_header_once(info);
  prepare(info);
  for (const model::Point& point : family.points) {
    const std::string& labels = point.series->label_block();
    if (const auto* counter = std::get_if<model::CounterValue>(&point.value)) {
      write_ticks_line(open_, labels, counter->ticks, info.ticks_per_unit);
    } else if (const auto* gauge = std::get_if<model::GaugeValue>(&point.value)) {
      write_double_line(open_, labels, gauge->value);
    } else {
      write_histogram(labels, info, std::get<model::HistogramValue>(point.value));
    }
  }
}

/// About how much the family takes, judged by its first point.
std::size_t expected_bytes(const model::Family& family) {
  constexpr std::size_t kUsualNumberBytes = 16;
  const model::Point& first = family.points.front();
  std::size_t lines = 1;
  std::size_t line_bytes = family.info->name.size() + first.series->label_block().size() +
                           kPunctuationBytes + kUsualNumberBytes;
  if (const auto* histogram = std::get_if<model::HistogramValue>(&first.value)) {
    lines = histogram->buckets.size() + 2;  // and the sum and the count
    line_bytes += sizeof("_bucket,le=\"0.005\"");
  }
  return family.info->help.size() + 2 * line_bytes + family.points.size() * lines * line_bytes;
}

/// Growing a page while it is written would copy it, and page its memory in, several times over.
void reserve(std::string& text, std::span<const model::Family* const> families) {
  std::size_t bytes = text.size();
  for (const model::Family* family : families) {
    bytes += family->points.empty() ? 0 : expected_bytes(*family);
  }
  text.reserve(bytes);
}

}  // namespace

void append_text(std::span<const model::Family* const> families, std::string& text,
                 std::span<const std::string> names) {
  if (names.empty()) {
    reserve(text, families);
  }
  TextRenderer renderer(text);
  for (const model::Family* family : families) {
    if (!family->points.empty() && is_selected(*family->info, names)) {
      renderer.render(*family);
    }
  }
  renderer.finish();
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
