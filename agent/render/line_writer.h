// Lines of samples, as text 0.0.4 and OpenMetrics both have them, the fast way: a line is a few
// copies of bytes that were prepared once per series (Series::label_block) or once per family
// (names, le labels), and one number. What the formats do not share (headers, exemplars) they write
// themselves.
#ifndef SHM_EXPORTER_AGENT_RENDER_LINE_WRITER_H
#define SHM_EXPORTER_AGENT_RENDER_LINE_WRITER_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/model.h"
#include "agent/render/classic_buckets.h"
#include "agent/render/numbers.h"
#include "agent/render/page_writer.h"

namespace shmx::render {

/// What a line has besides its name, its labels and its number: "{", ",", "} ", LF.
inline constexpr std::size_t kPunctuationBytes = 8;

/// The type as both formats call it; they differ in what an untyped family is.
std::string_view type_word(model::Type type, std::string_view untyped) noexcept;

/// Writes `name{labels} ` or, without labels, `name `; `open` is `name{`.
inline char* put_opening(char* at, std::string_view open, const std::string& labels) noexcept {
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

class LineWriter {
 public:
  /// Appends to `page`, which must outlive the writer; doubles are written by `doubles`.
  LineWriter(std::string& page, DoubleWriter doubles);

  /// What was written is on the page once this returns.
  void finish() { out_.flush(); }

  /// For headers and the like.
  void write(std::string_view bytes) { out_.write(bytes); }

  /// Says whose samples come next. Keeps what was prepared for one family while the next can use
  /// it.
  void prepare(const model::FamilyInfo& info);

  /// The family's sample: `tail` comes between the number and the line feed.
  void write_ticks(const std::string& labels, model::Ticks ticks, std::string_view tail = "") {
    write_ticks_line(open_, labels, ticks, ticks_per_unit_, tail);
  }
  void write_double(const std::string& labels, double value);

  /// A sample of another name: `open` is the name with an opening brace.
  void write_text(std::string_view open, const std::string& labels, std::string_view number);

  /// The samples of a histogram's buckets; `tails` is empty or has one for each. Returns how many
  /// observations there are; nothing if the value is not of such a family.
  std::optional<model::Ticks> write_buckets(const std::string& labels,
                                            const model::HistogramValue& value,
                                            std::span<const std::string> tails = {});
  void write_sum_and_count(const std::string& labels, model::Ticks sum, model::Ticks observations);

  /// Finite bounds of the buckets that write_buckets() writes.
  const std::vector<double>& bounds() const noexcept { return buckets_.bounds(); }

 private:
  void write_ticks_line(std::string_view open, const std::string& labels, model::Ticks ticks,
                        std::uint64_t ticks_per_unit, std::string_view tail);

  PageWriter out_;
  DoubleWriter write_;
  std::uint64_t ticks_per_unit_ = 1;
  // Sample names of the family at hand, each with an opening brace.
  std::string open_;
  std::string open_bucket_;
  std::string open_sum_;
  std::string open_count_;
  ClassicBuckets buckets_;
  // `le="0.005"} ` for each of the buckets' bounds, and +Inf's. Most families have the bounds of
  // the one before.
  std::vector<std::string> le_ends_ = {"le=\"+Inf\"} "};
};

/// About how many bytes the lines of these families take: growing a page while it is written would
/// copy it, and page its memory in, several times over. Each has points.
std::size_t expected_bytes(std::span<const model::Family* const> families);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_LINE_WRITER_H
