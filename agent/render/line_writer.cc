// See line_writer.h.
#include "agent/render/line_writer.h"

#include <algorithm>
#include <cassert>

namespace shmx::render {
namespace {

/// `le="..."} ` with the longest bound.
constexpr std::size_t kMaxLeBytes = kMaxNumberBytes + 8;

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

}  // namespace

std::string_view type_word(model::Type type, std::string_view untyped) noexcept {
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
  return untyped;
}

LineWriter::LineWriter(std::string& page, DoubleWriter doubles) : out_(page), write_(doubles) {}

void LineWriter::prepare(const model::FamilyInfo& info) {
  ticks_per_unit_ = info.ticks_per_unit;
  open_.assign(info.name).append("{");
  open_bucket_.assign(info.name).append("_bucket{");
  open_sum_.assign(info.name).append("_sum{");
  open_count_.assign(info.name).append("_count{");
  if (info.type == model::Type::counter || info.type == model::Type::gauge) {
    return;
  }
  if (!buckets_.prepare(info)) {
    return;
  }
  le_ends_.clear();
  for (const double bound : buckets_.bounds()) {
    char number[kMaxNumberBytes];
    char* const end = write_(number, bound);
    le_ends_.push_back("le=\"" + std::string(number, end) + "\"} ");
  }
  le_ends_.emplace_back("le=\"+Inf\"} ");
}

void LineWriter::write_ticks_line(std::string_view open, const std::string& labels,
                                  model::Ticks ticks, std::uint64_t ticks_per_unit,
                                  std::string_view tail) {
  char* at =
      out_.room(open.size() + labels.size() + kPunctuationBytes + kMaxNumberBytes + tail.size());
  at = put_opening(at, open, labels);
  at = write_units(at, ticks, ticks_per_unit, write_);
  at = put(at, tail);
  *at++ = '\n';
  out_.advance(at);
}

void LineWriter::write_double(const std::string& labels, double value) {
  char* at = out_.room(open_.size() + labels.size() + kPunctuationBytes + kMaxNumberBytes);
  at = put_opening(at, open_, labels);
  at = write_(at, value);
  *at++ = '\n';
  out_.advance(at);
}

std::optional<model::Ticks> LineWriter::write_buckets(const std::string& labels,
                                                      const model::HistogramValue& value,
                                                      std::span<const std::string> tails) {
  const std::span<const model::Ticks> buckets = buckets_.of(value);
  if (buckets.empty()) {
    assert(!"a histogram's value has the buckets of its family");
    return std::nullopt;
  }
  std::size_t bytes = buckets.size() * (open_bucket_.size() + labels.size() + kMaxLeBytes +
                                        kPunctuationBytes + kMaxNumberBytes);
  for (const std::string& tail : tails) {
    bytes += tail.size();
  }
  // The lines differ in their ends only, so each begins as a copy of the first one's beginning.
  char* at = out_.room(bytes);
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
    at = render::write_ticks(at, observations);
    if (!tails.empty()) {
      at = put(at, tails[i]);
    }
    *at++ = '\n';
  }
  out_.advance(at);
  return observations;
}

void LineWriter::write_text(std::string_view open, const std::string& labels,
                            std::string_view number) {
  char* at = out_.room(open.size() + labels.size() + kPunctuationBytes + number.size());
  at = put_opening(at, open, labels);
  at = put(at, number);
  *at++ = '\n';
  out_.advance(at);
}

void LineWriter::write_sum_and_count(const std::string& labels, model::Ticks sum,
                                     model::Ticks observations) {
  write_ticks_line(open_sum_, labels, sum, ticks_per_unit_, "");
  write_ticks_line(open_count_, labels, observations, 1, "");
}

std::size_t expected_bytes(std::span<const model::Family* const> families) {
  std::size_t bytes = 0;
  for (const model::Family* family : families) {
    bytes += expected_bytes(*family);
  }
  return bytes;
}

}  // namespace shmx::render
