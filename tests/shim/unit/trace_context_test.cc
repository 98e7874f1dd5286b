// Both headers that name a span, row by row; the first rows are the standards' own examples.
#include "shim/trace_context.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace shmx::test {
namespace {

/// A literal with the NULs that it holds.
template <std::size_t kBytes>
std::string bytes(const char (&literal)[kBytes]) {
  return {literal, kBytes - 1};
}

constexpr TraceContext kSampled{{{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb,
                                  0x21, 0x1c, 0x80, 0x31, 0x9c},
                                 {0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31}},
                                true};
constexpr TraceContext kUnsampled{kSampled.span, false};

struct Row {
  const char* name;
  std::string header;
  std::optional<TraceContext> context;
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class Traceparent : public testing::TestWithParam<Row> {};
TEST_P(Traceparent, SaysWhatTheStandardSays) {
  EXPECT_EQ(parse_traceparent(GetParam().header), GetParam().context);
}

class GrpcTraceBin : public testing::TestWithParam<Row> {};
TEST_P(GrpcTraceBin, SaysWhatItsFieldsSay) {
  EXPECT_EQ(parse_grpc_trace_bin(GetParam().header), GetParam().context);
}

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kSpan = "b7ad6b7169203331";
const std::string kIds = kTrace + "-" + kSpan;

std::vector<Row> traceparents() {
  return {
      {"sampled", "00-" + kIds + "-01", kSampled},
      {"not_sampled", "00-" + kIds + "-00", kUnsampled},
      {"other_flags_set", "00-" + kIds + "-ff", kSampled},
      {"other_flags_alone", "00-" + kIds + "-fe", kUnsampled},
      {"later_version", "01-" + kIds + "-01", kSampled},
      {"later_version_with_more", "cc-" + kIds + "-01-what-the-future-will-be-like", kSampled},
      {"later_version_with_a_dash", "cc-" + kIds + "-01-", kSampled},
      {"later_version_that_runs_on", "cc-" + kIds + "-01.what", {}},
      {"version_ff", "ff-" + kIds + "-01", {}},
      {"version_00_with_more", "00-" + kIds + "-01-what", {}},
      {"version_00_with_a_dash", "00-" + kIds + "-01-", {}},
      {"version_in_upper_case", "0A-" + kIds + "-01", {}},
      {"version_without_digits", ".0-" + kIds + "-01", {}},
      {"trace_in_upper_case", "00-0AF7651916CD43DD8448EB211C80319C-" + kSpan + "-01", {}},
      {"span_in_upper_case", "00-" + kTrace + "-B7AD6B7169203331-01", {}},
      {"flags_in_upper_case", "00-" + kIds + "-0F", {}},
      {"flags_without_digits", "00-" + kIds + "-.0", {}},
      {"trace_of_zeros", "00-" + std::string(32, '0') + "-" + kSpan + "-01", {}},
      {"span_of_zeros", "00-" + kTrace + "-" + std::string(16, '0') + "-01", {}},
      {"trace_with_another_letter", "00-0af7651916cd43dd8448eb211c80319g-" + kSpan + "-01", {}},
      {"span_with_nul", "00-" + kTrace + bytes("-b7ad6b716920333\0-01"), {}},
      {"underscores", "00_" + kTrace + "_" + kSpan + "_01", {}},
      {"dash_missing_after_the_version", "000" + kIds + "-01", {}},
      {"dash_missing_after_the_span", "00-" + kIds + "001", {}},
      {"trace_too_short", "00-0af7651916cd43dd8448eb211c80319-" + kSpan + "-01", {}},
      {"trace_too_long", "00-" + kTrace + "0-" + kSpan + "-01", {}},
      {"flags_cut", "00-" + kIds + "-0", {}},
      {"flags_missing", "00-" + kIds, {}},
      {"space_before", " 00-" + kIds + "-01", {}},
      {"space_after", "00-" + kIds + "-01 ", {}},
      {"two_in_one", "00-" + kIds + "-01,00-" + kIds + "-01", {}},
      {"empty", "", {}},
      {"long", std::string(10'000, '0'), {}},
  };
}

std::vector<Row> trace_bins() {
  const std::string trace =
      bytes("\0\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c");
  const std::string span = bytes("\1\xb7\xad\x6b\x71\x69\x20\x33\x31");
  const std::string version = bytes("\0");
  return {
      {"sampled", version + trace + span + "\2\1", kSampled},
      {"not_sampled", version + trace + span + bytes("\2\0"), kUnsampled},
      {"other_options_set", version + trace + span + "\2\xff", kSampled},
      {"other_options_alone", version + trace + span + "\2\xfe", kUnsampled},
      {"without_options", version + trace + span, kUnsampled},
      {"with_an_unknown_field_behind", version + trace + span + "\2\1\3what", kSampled},
      {"with_an_unknown_field_for_options", version + trace + span + "\3\1", kUnsampled},
      {"options_cut", version + trace + span + "\2", {}},
      {"span_cut", version + trace + span.substr(0, 8), {}},
      {"span_missing", version + trace, {}},
      {"trace_cut", version + trace.substr(0, 16), {}},
      {"trace_missing", version + span + "\2\1", {}},
      {"fields_in_another_order", version + span + trace + "\2\1", {}},
      {"trace_of_zeros", version + std::string(17, '\0') + span + "\2\1", {}},
      {"span_of_zeros", version + trace + "\1" + std::string(8, '\0') + "\2\1", {}},
      {"later_version", "\1" + trace + span + "\2\1", {}},
      {"version_alone", version, {}},
      {"empty", "", {}},
      {"a_traceparent", "00-" + kIds + "-01", {}},
  };
}

std::string name_of(const testing::TestParamInfo<Row>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Row, Traceparent, testing::ValuesIn(traceparents()), name_of);
INSTANTIATE_TEST_SUITE_P(Row, GrpcTraceBin, testing::ValuesIn(trace_bins()), name_of);

}  // namespace
}  // namespace shmx::test
