#include "agent/read/segment.h"

#include <utility>

#include "shm/reserved_names.h"

namespace shmx::read {

Result<Segment, ReadError> Segment::open(const UniqueFd& fd, std::uint64_t max_bytes) {
  auto reader = SegmentReader::open(fd, max_bytes);
  if (!reader) {
    return reader.error();
  }
  return Segment(std::move(reader).value());
}

bool Segment::may_show(const SeriesDescriptor& series, std::vector<Omission>& omissions) const {
  if (is_reserved_family(reader_.families()[series.family].name)) {
    return false;  // Its family was named already.
  }
  for (const Label& label : series.labels) {
    if (is_reserved_label(label.name)) {
      omissions.push_back({Omission::Reason::reserved_label, label.name});
      return false;
    }
  }
  return true;
}

Additions Segment::take_additions() {
  Additions additions;
  const std::vector<FamilyDescriptor>& families = reader_.families();
  const std::vector<SeriesDescriptor>& series = reader_.series();
  additions.families = families;
  for (; families_taken_ < families.size(); ++families_taken_) {
    const std::string& name = families[families_taken_].name;
    if (is_reserved_family(name)) {
      additions.omissions.push_back({Omission::Reason::reserved_family, name});
    }
  }
  for (; series_taken_ < series.size(); ++series_taken_) {
    if (may_show(series[series_taken_], additions.omissions)) {
      additions.series.push_back(series[series_taken_]);
    }
  }
  return additions;
}

}  // namespace shmx::read
