#include "tests/fuzz/judge.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/shm/corruptions.h"

namespace shmx::fuzz {
namespace {

/// One file for all inputs; a memfd is a file of a tmpfs.
const UniqueFd& file() {
  static const UniqueFd fd(memfd_create("segment", MFD_CLOEXEC));
  demand(fd.valid(), "a memfd");
  return fd;
}

void rewrite(std::span<const std::byte> bytes) {
  demand(ftruncate(file().get(), 0) == 0, "an empty file");
  demand(pwrite(file().get(), bytes.data(), bytes.size(), 0) == std::ssize(bytes), "a file");
}

/// How a cell may change from one read to the next.
bool only_grows(const FamilyDescriptor& family, std::uint32_t cell_of_series) {
  if (family.kind == FamilyKind::gauge) {
    return false;
  }
  return !family.admits_negative || cell_of_series + 1 < cells_of(family);
}

/// What a page may hold, as the C library has it: asking the reader's own functions would believe
/// them.
bool is_text(const std::string& text) {
  static const bool utf8 = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  demand(utf8, "the locale C.UTF-8");
  return text.find('\0') == std::string::npos &&
         std::mbstowcs(nullptr, text.c_str(), 0) != static_cast<std::size_t>(-1);
}

bool is_identifier(const std::string& name, const char* others) {
  static const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         name.find_first_not_of(letters + "0123456789" + others) == std::string::npos;
}

/// Lines of base64 between lines of dashes: what may go to a terminal, a log and a PEM parser.
bool is_certificates(const std::string& text) {
  static const std::string admitted =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=- \n";
  return text.starts_with("-----BEGIN CERTIFICATE-----\n") &&
         text.ends_with("\n-----END CERTIFICATE-----\n") &&
         text.size() <= layout::kMaxCertificateBytes &&
         text.find_first_not_of(admitted) == std::string::npos &&
         text.find(" KEY") == std::string::npos;
}

void demand_series(const SegmentReader& reader, const SeriesDescriptor& series) {
  demand(series.family < reader.families().size(), "a series of a family");
  const FamilyDescriptor& family = reader.families()[series.family];
  demand(is_known(family.kind), "a series of a known kind");
  demand(labels_problem(series.labels).empty(), "right labels");
  for (const Label& label : series.labels) {
    demand(is_identifier(label.name, "") && is_text(label.value), "labels that a page may hold");
  }
  demand(series.first_cell != 0 && series.cell_count == cells_of(family), "the family's cells");
  demand(series.first_cell < reader.cells().size() &&
             series.cell_count <= reader.cells().size() - series.first_cell,
         "cells that were read");
  for (std::uint32_t i = 0; i < series.cell_count; ++i) {
    demand(!only_grows(family, i) || reader.cells()[series.first_cell + i] <= layout::kCellMax,
           "a count below 2^63");
  }
}

/// What holds for everything that a reader has taken.
void demand_sanity(const SegmentReader& reader) {
  demand(reader.families().size() <= kMaxFamilies, "families within the limit");
  demand(reader.series().size() <= kMaxSeries + kMaxFamilies, "series within the limit");
  demand(reader.cells().size() <= layout::kMaxCells, "cells within the limit");
  demand(!reader.claims().service.empty() && is_text(reader.claims().service), "a service");
  demand(reader.certificates() == nullptr || is_certificates(*reader.certificates()),
         "certificates and nothing else");
  for (const ExemplarReading& exemplar : reader.exemplars()) {
    demand(exemplar.series < reader.series().size(), "exemplars of a series");
    const SeriesDescriptor& series = reader.series()[exemplar.series];
    demand(exemplar.first_cell == series.first_cell, "exemplars with their series' cell");
    demand(exemplar.span.valid() && exemplar.unix_ns >= 0, "exemplars of a span and a time");
    const FamilyDescriptor& family = reader.families()[series.family];
    demand(family.kind != FamilyKind::gauge, "no exemplars of a gauge");
    demand(exemplar.ticks >= 0 || family.admits_negative, "exemplars that the family admits");
  }
  for (const FamilyDescriptor& family : reader.families()) {
    if (is_known(family.kind)) {
      demand(family_problem(family).empty(), "a right family");
      demand(is_identifier(family.name, ":") && is_text(family.help), "what a page may hold");
    }
  }
  std::set<std::pair<std::uint32_t, Labels>> seen;
  std::uint32_t next_cell = 1;
  for (const SeriesDescriptor& series : reader.series()) {
    demand_series(reader, series);
    demand(series.first_cell >= next_cell, "cells of its own");
    next_cell = series.first_cell + series.cell_count;
    demand(series.overflow || seen.emplace(series.family, series.labels).second, "a series once");
  }
}

void demand_reason(const ReadError& error) {
  demand(error.reason != Refusal::io, "no failure of the agent's own");
  demand(!error.detail.empty(), "a detail");
  demand(to_string(error.reason) != "unknown", "a reason");
}

/// No count of what was read before is lower now, or gone.
void demand_no_fall(const SegmentReader& reader, const std::vector<std::uint64_t>& before) {
  demand(reader.cells().size() >= before.size(), "as many cells");
  for (const SeriesDescriptor& series : reader.series()) {
    for (std::uint32_t i = 0; i < series.cell_count; ++i) {
      const std::uint32_t cell = series.first_cell + i;
      demand(cell >= before.size() || !only_grows(reader.families()[series.family], i) ||
                 reader.cells()[cell] >= before[cell],
             "no count that falls");
    }
  }
}

/// Reads once more: right after right, or everything as it was.
bool read_on(SegmentReader& reader) {
  const std::vector<std::uint64_t> cells(reader.cells().begin(), reader.cells().end());
  const std::size_t families = reader.families().size();
  const std::size_t series = reader.series().size();
  const std::vector<ExemplarReading> exemplars(reader.exemplars().begin(),
                                               reader.exemplars().end());
  const auto certificates = reader.certificates();
  const auto read = reader.read(file());
  demand_sanity(reader);
  if (read) {
    demand_no_fall(reader, cells);
    return true;
  }
  demand_reason(read.error());
  demand(std::ranges::equal(reader.cells(), cells) && reader.families().size() == families &&
             reader.series().size() == series &&
             std::ranges::equal(reader.exemplars(), exemplars) &&
             reader.certificates() == certificates,
         "what was read before, after an error");
  return false;
}

}  // namespace

void demand(bool promise, const char* what) noexcept {
  if (!promise) {
    std::fprintf(stderr, "expected %s\n", what);
    std::abort();
  }
}

bool judge_new(std::span<const std::byte> bytes) {
  rewrite(bytes);
  auto reader = SegmentReader::open(file(), layout::kMaxSegmentBytes);
  if (!reader) {
    demand_reason(reader.error());
    return false;
  }
  const bool taken = read_on(reader.value());
  demand(read_on(reader.value()) == taken, "the same answer to the same bytes");
  return taken;
}

bool judge_rewritten(std::span<const std::byte> bytes) {
  static test::Image right = test::right_image();
  rewrite(right.bytes());
  auto reader = SegmentReader::open(file(), layout::kMaxSegmentBytes);
  demand(reader.ok() && read_on(reader.value()), "a right segment");
  rewrite(bytes);
  const bool taken = read_on(reader.value());
  rewrite(right.bytes());
  read_on(reader.value());
  return taken;
}

}  // namespace shmx::fuzz
