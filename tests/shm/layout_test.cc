// The layout, as released: whoever changes an offset, a size, a number or a meaning in shm/layout.h
// without a new version fails here. A released version's golden text and file never change.
#include "shm/layout.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/shm/corruptions.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using namespace shmx::layout;  // NOLINT: this test names nearly everything in it

std::string golden(const std::string& name) {
  const std::string path = std::string(SHMX_GOLDEN_DIR) + "/" + name;
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_TRUE(in.good()) << path << " is missing: a new version needs new golden files";
  return text.str();
}

std::string version() {
  return std::to_string(kMajor) + "." + std::to_string(kMinor);
}

UniqueFd file_of(const TempDir& dir, const std::string& bytes) {
  UniqueFd fd = create_file(dir / "golden");
  EXPECT_EQ(pwrite(fd.get(), bytes.data(), bytes.size(), 0), std::ssize(bytes));
  return fd;
}

#define MEMBER(type, member) \
  out << #type "." #member " " << offsetof(type, member) << " " << sizeof(type::member) << "\n"

void describe_structs(std::ostream& out) {
  out << "Header " << sizeof(Header) << "\n";
  MEMBER(Header, magic);
  MEMBER(Header, major);
  MEMBER(Header, minor);
  MEMBER(Header, header_bytes);
  MEMBER(Header, reserved0);
  MEMBER(Header, uuid);
  MEMBER(Header, start_time_unix_ns);
  MEMBER(Header, pid);
  MEMBER(Header, service_bytes);
  MEMBER(Header, service);
  MEMBER(Header, losses);
  MEMBER(Header, reserved1);
  MEMBER(Header, directory_used);
  MEMBER(Header, extent_count);
  MEMBER(Header, reserved2);
  MEMBER(Header, extents);
  out << "Extent " << sizeof(Extent) << "\n";
  MEMBER(Extent, file_offset);
  MEMBER(Extent, kind);
  MEMBER(Extent, first_shard);
  MEMBER(Extent, shard_count);
  MEMBER(Extent, first_word);
  MEMBER(Extent, word_count);
  MEMBER(Extent, reserved);
}

void describe_records(std::ostream& out) {
  out << "RecordHeader " << sizeof(RecordHeader) << "\n";
  MEMBER(RecordHeader, bytes);
  MEMBER(RecordHeader, type);
  MEMBER(RecordHeader, flags);
  out << "FamilyRecord " << sizeof(FamilyRecord) << "\n";
  MEMBER(FamilyRecord, header);
  MEMBER(FamilyRecord, kind);
  MEMBER(FamilyRecord, mode);
  MEMBER(FamilyRecord, bound_count);
  MEMBER(FamilyRecord, ticks_per_unit);
  MEMBER(FamilyRecord, name_bytes);
  MEMBER(FamilyRecord, help_bytes);
  MEMBER(FamilyRecord, unit_bytes);
  MEMBER(FamilyRecord, reserved);
  out << "NativeRecord " << sizeof(NativeRecord) << "\n";
  MEMBER(NativeRecord, schema);
  MEMBER(NativeRecord, first_index);
  MEMBER(NativeRecord, count);
  MEMBER(NativeRecord, reserved);
  out << "SeriesRecord " << sizeof(SeriesRecord) << "\n";
  MEMBER(SeriesRecord, header);
  MEMBER(SeriesRecord, family);
  MEMBER(SeriesRecord, first_cell);
  MEMBER(SeriesRecord, cell_count);
  MEMBER(SeriesRecord, label_count);
  out << "LabelRecord " << sizeof(LabelRecord) << "\n";
  MEMBER(LabelRecord, name_bytes);
  MEMBER(LabelRecord, value_bytes);
  out << "ExemplarsRecord " << sizeof(ExemplarsRecord) << "\n";
  MEMBER(ExemplarsRecord, header);
  MEMBER(ExemplarsRecord, series);
  MEMBER(ExemplarsRecord, slot_count);
  out << "CertificatesRecord " << sizeof(CertificatesRecord) << "\n";
  MEMBER(CertificatesRecord, header);
  MEMBER(CertificatesRecord, text_bytes);
  MEMBER(CertificatesRecord, reserved);
  out << "ExemplarSlot " << sizeof(ExemplarSlot) << "\n";
  MEMBER(ExemplarSlot, sequence);
  MEMBER(ExemplarSlot, ticks);
  MEMBER(ExemplarSlot, unix_ns);
  MEMBER(ExemplarSlot, trace_id);
  MEMBER(ExemplarSlot, span_id);
  MEMBER(ExemplarSlot, reserved);
}
#undef MEMBER

template <typename Enum>
void describe_enum(std::ostream& out, const char* name, std::initializer_list<Enum> values) {
  out << name << " " << sizeof(Enum);
  for (const Enum value : values) {
    out << " " << static_cast<std::uint64_t>(value);
  }
  out << "\n";
}

void describe_numbers(std::ostream& out) {
  out << "magic " << std::string(kMagic, sizeof kMagic) << "\n"
      << "page " << kPageBytes << " header " << kHeaderBytes << " words " << kWordsPerPage << "\n"
      << "shards " << kMaxShards << " extents " << kMaxExtents << " losses " << kLossCount << "\n"
      << "cell max " << kCellMax << "\n"
      << "flags " << kFamilyAdmitsNegative << " " << kSeriesOverflow << "\n";
  // In the order in which they are written here: a reordered enumeration shows as other numbers.
  describe_enum(out, "ExtentKind", {ExtentKind::unused, ExtentKind::directory, ExtentKind::cells});
  describe_enum(
      out, "RecordType",
      {RecordType::family, RecordType::series, RecordType::exemplars, RecordType::certificates});
  describe_enum(out, "FamilyKind", {FamilyKind::counter, FamilyKind::gauge, FamilyKind::histogram});
  out << "native histogram " << kNativeHistogramKind << "\n";
  describe_enum(out, "GaugeMode",
                {GaugeMode::none, GaugeMode::sum, GaugeMode::min, GaugeMode::max,
                 GaugeMode::most_recent, GaugeMode::all, GaugeMode::in_flight});
  describe_enum(
      out, "Loss",
      {Loss::observations_dropped, Loss::registrations_dropped, Loss::overflow_series,
       Loss::values_refused, Loss::values_saturated, Loss::shards_shared, Loss::attach_failures,
       Loss::growth_failures, Loss::label_values_overflowed, Loss::certificates_left_out});
}

TEST(LayoutTest, TheLayoutIsTheOneThatItsVersionWasReleasedWith) {
  std::ostringstream out;
  describe_structs(out);
  describe_records(out);
  describe_numbers(out);
  EXPECT_EQ(out.str(), golden("layout-" + version() + ".txt"))
      << "shm/layout.h describes other bytes than version " << version() << " was released with";
}

// The header's code, without comments and static_asserts, a space between any two tokens' runs.
std::string code_of(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_TRUE(in.good()) << path;
  const std::regex ignored(R"(//[^\n]*|static_assert\([^;]*\);)");
  const std::string code = std::regex_replace(text.str(), ignored, "");
  return std::regex_replace(code, std::regex(R"(\s*\n\s*)"), "\n");
}

TEST(LayoutTest, NothingIsAddedToOrTakenFromTheHeaderWithoutAnotherVersion) {
  EXPECT_EQ(code_of(SHMX_LAYOUT_HEADER), golden("layout-" + version() + ".code"))
      << "shm/layout.h says something else than version " << version()
      << " was released with. What an older reader may skip needs another minor, everything else "
         "another major; either needs golden files of its own beside those that are there";
}

TEST(LayoutTest, ASegmentOfALaterMinorIsReadForWhatIsKnownOfIt) {
  // Written by hand: a minor of 9, fields in reserved bytes, a record of type 77, a family of kind
  // 9 with a series of 5 cells at 2^64-1, unknown flags, a record with a longer tail, and after all
  // that a counter.
  const TempDir dir;
  const UniqueFd fd = file_of(dir, golden("later-minor.bin"));
  const auto segment = read_segment(fd);
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  EXPECT_EQ(segment.value().claims().minor, 9);
  ASSERT_EQ(segment.value().families().size(), 5U);
  EXPECT_FALSE(is_known(segment.value().families()[3].kind));
  EXPECT_EQ(segment.value().families()[4].name, "known_total");
  ASSERT_EQ(segment.value().series().size(), 4U);
  EXPECT_EQ(segment.value().series()[3].family, 4U);
  EXPECT_EQ(segment.value().series()[3].labels, (Labels{{"new", "1"}}));
  EXPECT_EQ(segment.value().cells()[kHitsCell], 30U);
  EXPECT_EQ(segment.value().cells()[12], 3U);
}

TEST(LayoutTest, ASegmentOfAnotherMajorIsRefusedByItsVersionWhateverElseItSays) {
  const TempDir dir;
  // Nothing but the first 8 bytes may be believed of another major.
  std::string bytes = golden("later-minor.bin");
  std::fill(bytes.begin() + 8, bytes.end(), '\xee');
  for (const char major : {'\0', '\2', '\x7f'}) {
    bytes[4] = major;
    const auto segment = read_segment(file_of(dir, bytes));
    ASSERT_FALSE(segment.ok());
    EXPECT_EQ(segment.error().reason, Refusal::version) << segment.error().detail;
  }
}

TEST(LayoutTest, ASegmentOfEveryReleasedVersionIsStillRead) {
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SHMX_GOLDEN_DIR)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("segment-")) {
      continue;
    }
    ++found;
    SCOPED_TRACE(name);
    const TempDir dir;
    const auto segment = read_segment(file_of(dir, golden(name)));
    ASSERT_TRUE(segment.ok()) << segment.error().detail;
    EXPECT_EQ(segment.value().claims().service, "image");
    EXPECT_EQ(segment.value().claims().pid, 4711U);
    ASSERT_GE(segment.value().families().size(), 3U);
    EXPECT_EQ(segment.value().families()[1], histogram_family("wait_seconds", {1, 2}));
    EXPECT_EQ(segment.value().cells()[kHitsCell], 30U);
    EXPECT_EQ(segment.value().cells()[kWaitCell + 1], 4U);
    EXPECT_EQ(segment.value().cells()[kWaitSumCell], 6000U);
    EXPECT_EQ(segment.value().losses()[3], 9U);
  }
  EXPECT_EQ(found, kMinor + 1);
}

TEST(LayoutTest, TheNativeHistogramsOfMinor1AreRead) {
  const TempDir dir;
  const auto segment = read_segment(file_of(dir, golden("segment-1.1.bin")));
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  ASSERT_EQ(segment.value().families().size(), 5U);
  EXPECT_EQ(segment.value().families()[3], delay_family());
  EXPECT_EQ(segment.value().families()[4], drift_family());
  const auto cells = segment.value().cells();
  const auto of_series = [&](std::size_t series) {
    const SeriesDescriptor& s = segment.value().series()[series];
    return std::vector(cells.begin() + s.first_cell, cells.begin() + s.first_cell + s.cell_count);
  };
  EXPECT_EQ(of_series(3), (std::vector<std::uint64_t>{3, 1, 0, 1, 0, 2, 1, 0, 3500}));
  EXPECT_EQ(of_series(4), (std::vector<std::uint64_t>{0, 1, 0, 0, 0, 1, 1, UINT64_MAX - 3499}));
}

TEST(LayoutTest, TheCertificatesOfMinor2AreRead) {
  const TempDir dir;
  const auto segment = read_segment(file_of(dir, golden("segment-1.2.bin")));
  ASSERT_TRUE(segment.ok()) << segment.error().detail;
  ASSERT_NE(segment.value().certificates(), nullptr);
  EXPECT_EQ(*segment.value().certificates(), kOrdersCertificate);
}

TEST(LayoutTest, TheGoldenSegmentOfThisVersionIsWhatTheLayoutSaysByteByByte) {
  Image image = minor_2_image();
  const std::string bytes(reinterpret_cast<const char*>(image.bytes().data()),
                          image.bytes().size());
  EXPECT_TRUE(bytes == golden("segment-" + version() + ".bin"));
}

}  // namespace
}  // namespace shmx::test
