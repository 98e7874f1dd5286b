// See protobuf.h. Series are encoded some at a time and appended to the page; a family's length is
// known, and inserted before it, once its last series is there.
#include "agent/render/protobuf.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <memory>
#include <vector>

#include "agent/render/backward_writer.h"
#include "agent/render/base_name.h"
#include "agent/render/histogram_numbers.h"
#include "agent/render/metric_encoder.h"
#include "agent/render/selection.h"

namespace shmx::render {
namespace {

using Parts = std::span<const model::Family* const>;

std::uint64_t type_number(model::Type type) noexcept {
  switch (type) {
    case model::Type::counter:
      return 0;
    case model::Type::gauge:
      return 1;
    case model::Type::histogram:
      return 4;
    case model::Type::untyped:
      break;
  }
  return 3;
}

/// Enough for many series at once, and small enough to stay in a first-level cache.
constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

/// Where messages are written backwards, before they are appended to the page.
class Chunk {
 public:
  /// The end of so much room.
  char* end_of(std::size_t bytes) {
    if (bytes > capacity_) {
      capacity_ = std::max(bytes, kChunkBytes);
      bytes_ = std::make_unique_for_overwrite<char[]>(capacity_);
    }
    return bytes_.get() + capacity_;
  }

 private:
  std::size_t capacity_ = 0;
  std::unique_ptr<char[]> bytes_;
};

class ProtobufRenderer {
 public:
  explicit ProtobufRenderer(std::string& page) : page_(page) {}

  /// Parts of one name.
  void render(Parts parts);

 private:
  /// Appends what `write` writes, at most so much.
  template <typename Write>
  void append(std::size_t max_bytes, const Write& write);
  void append_points(const model::Family& part);

  std::string& page_;
  Chunk chunk_;
  MetricEncoder encoder_;
};

template <typename Write>
void ProtobufRenderer::append(std::size_t max_bytes, const Write& write) {
  const char* const end = chunk_.end_of(max_bytes + kSlackBytes);
  BackwardWriter out(chunk_.end_of(max_bytes + kSlackBytes));
  write(out);
  page_.append(out.at(), static_cast<std::size_t>(end - out.at()));
}

/// As many series at a time as surely fit, the last of them first.
void ProtobufRenderer::append_points(const model::Family& part) {
  encoder_.prepare(*part.info);
  std::span<const model::Point> rest = part.points;
  while (!rest.empty()) {
    std::size_t count = 1;
    std::size_t max_bytes = encoder_.max_bytes(rest.front());
    for (; count < rest.size(); ++count) {
      const std::size_t next = encoder_.max_bytes(rest[count]);
      if (max_bytes + next + kSlackBytes > kChunkBytes) {
        break;
      }
      max_bytes += next;
    }
    append(max_bytes, [&](BackwardWriter& out) {
      for (std::size_t i = count; i-- > 0;) {
        encoder_.write(rest[i], out);
      }
    });
    rest = rest.subspan(count);
  }
}

void ProtobufRenderer::render(Parts parts) {
  const model::FamilyInfo& info = *parts.front()->info;
  const std::size_t begin = page_.size();
  const std::size_t max_bytes =
      info.name.size() + info.help.size() + info.unit.size() + 8 * kMaxVarintBytes;
  append(max_bytes, [&](BackwardWriter& out) {
    out.uint_field(3, type_number(info.type));
    out.string_field(2, info.help);
    out.string_field(1, info.name);
  });
  for (const model::Family* part : parts) {
    append_points(*part);
  }
  const bool counter = info.type == model::Type::counter;
  if (names_unit(counter ? without_total(info.name) : info.name, info.unit)) {
    append(max_bytes, [&](BackwardWriter& out) { out.string_field(5, info.unit); });
  }
  char length[kMaxVarintBytes + kSlackBytes];
  BackwardWriter prefix(std::end(length));
  prefix.varint(page_.size() - begin);
  page_.insert(begin, prefix.at(), static_cast<std::size_t>(std::end(length) - prefix.at()));
}

/// About how many bytes they take, judged by each family's first point.
std::size_t expected_bytes(Parts families) {
  constexpr std::size_t kUsualFieldsBytes = 32;
  constexpr std::size_t kUsualBucketBytes = 16;
  std::size_t bytes = 0;
  for (const model::Family* family : families) {
    const model::Point& first = family->points.front();
    const std::size_t buckets = family->info->bounds.size() + (family->info->native ? 16 : 0);
    bytes += family->info->name.size() + family->info->help.size() +
             family->points.size() * (first.series->label_block().size() + kUsualFieldsBytes +
                                      buckets * kUsualBucketBytes);
  }
  return bytes;
}

/// Calls `render` for each name's families.
template <typename Render>
void for_each_name(Parts families, const Render& render) {
  while (!families.empty()) {
    const std::string& name = families.front()->info->name;
    const auto end =
        std::find_if(families.begin(), families.end(),
                     [&](const model::Family* family) { return family->info->name != name; });
    const auto count = static_cast<std::size_t>(end - families.begin());
    render(families.first(count));
    families = families.subspan(count);
  }
}

/// Calls `render` for those of one name that have native buckets, and for those that have not.
template <typename Render>
void for_each_kind_of_buckets(Parts parts, const Render& render) {
  for (const bool native : {true, false}) {
    std::vector<const model::Family*> kind;
    std::copy_if(parts.begin(), parts.end(), std::back_inserter(kind),
                 [=](const auto* family) { return family->info->native.has_value() == native; });
    if (!kind.empty()) {
      render(kind);
    }
  }
}

}  // namespace

void append_protobuf(std::span<const model::Family* const> families, std::string& page,
                     std::span<const std::string> names) {
  std::deque<model::Family> made;
  const std::vector<const model::Family*> shown =
      with_numbers(selected(families, names), write_float, made);
  page.reserve(page.size() + expected_bytes(shown));
  ProtobufRenderer renderer(page);
  for_each_name(shown, [&](Parts parts) {
    for_each_kind_of_buckets(parts, [&](Parts kind) { renderer.render(kind); });
  });
}

}  // namespace shmx::render
