// Accept headers as real clients send them, and as nobody should.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "agent/render/format.h"

namespace shmx::render {
namespace {

constexpr const char* kProtobuf =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

struct Case {
  const char* who;
  std::string accept;
  Format format;
  const char* escaping = "";
};

void expect(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    const Negotiated negotiated = negotiate(each.accept);
    EXPECT_EQ(static_cast<int>(negotiated.format), static_cast<int>(each.format)) << each.who;
    EXPECT_EQ(negotiated.escaping, each.escaping) << each.who;
  }
}

TEST(Negotiate, EachGenerationOfPrometheusGetsItsBestFormat) {
  expect({
      {"2.42",
       "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
       "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       Format::openmetrics_1_0_0},
      {"2.42 with native histograms",
       std::string(kProtobuf) +
           ",application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;"
           "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       Format::protobuf},
      {"that knows text only", "text/plain;version=0.0.4;q=1,*/*;q=0.1", Format::text},
      {"that knows the first OpenMetrics",
       "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,"
       "*/*;q=0.1",
       Format::openmetrics_0_0_1},
      {"2.53",
       "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;"
       "version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       Format::openmetrics_1_0_0},
      {"2.53 with native histograms",
       std::string(kProtobuf) +
           ";q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;"
           "version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       Format::protobuf},
      {"3.0 to 3.2: escaping twice",
       "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.6,"
       "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
       "escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       Format::openmetrics_1_0_0, "allow-utf-8"},
      {"3.4",
       "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
       "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
       "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       Format::openmetrics_1_0_0, "allow-utf-8"},
      {"3.4 with native histograms",
       std::string(kProtobuf) +
           ";escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;"
           "escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
           "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
       Format::protobuf, "allow-utf-8"},
      {"3.x that is to use text only",
       "text/plain;version=1.0.0;escaping=underscores;q=0.4,text/plain;version=0.0.4;q=0.3,"
       "*/*;q=0.2",
       Format::text},
  });
}

TEST(Negotiate, PeopleGetText) {
  expect({
      {"curl", "*/*", Format::text},
      {"no header", "", Format::text},
      {"Chrome",
       "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
       "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
       Format::text},
      {"Firefox",
       "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
       Format::text},
      {"nothing that there is", "application/json", Format::text},
  });
}

TEST(Negotiate, TheHighestWeightWinsAndOfEqualOnesTheFirst) {
  expect({
      {"sorted by weight", "text/plain;q=0.2,application/openmetrics-text;version=1.0.0;q=0.3",
       Format::openmetrics_1_0_0},
      {"no weight is 1", "application/openmetrics-text;q=0.9,text/plain", Format::text},
      {"the first of equal ones", "text/plain;q=0.5,application/openmetrics-text;q=0.5",
       Format::text},
      {"the first of equal ones", "application/openmetrics-text;q=0.5,text/plain;q=0.5",
       Format::openmetrics_0_0_1},
      {"three decimals", "text/plain;q=0.123,application/openmetrics-text;q=0.124",
       Format::openmetrics_0_0_1},
      {"0 excludes", "application/openmetrics-text;version=1.0.0;q=0,text/plain;q=0.1",
       Format::text},
      {"0.000 excludes", "application/openmetrics-text;version=1.0.0;q=0.000", Format::text},
      {"0 excludes from a wildcard", "text/plain;q=0,*/*", Format::openmetrics_1_0_0},
      {"0 excludes from a wildcard",
       "*/*,text/plain;q=0,application/openmetrics-text;version=1.0.0;q=0", Format::protobuf},
      {"nothing is left", "text/plain;q=0", Format::text},
  });
}

TEST(Negotiate, OnlyVersionsThatAreOfferedMatch) {
  expect({
      {"no version", "application/openmetrics-text", Format::openmetrics_0_0_1},
      {"0.0.1", "application/openmetrics-text;version=0.0.1", Format::openmetrics_0_0_1},
      {"1.0.0", "application/openmetrics-text;version=1.0.0", Format::openmetrics_1_0_0},
      {"OpenMetrics 2",
       "application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;"
       "q=0.5",
       Format::openmetrics_1_0_0},
      {"text 1.0.0 is Prometheus 3's",
       "text/plain;version=1.0.0,application/openmetrics-text;version=1.0.0;q=0.1",
       Format::openmetrics_1_0_0},
      {"another message", "application/vnd.google.protobuf;proto=other;encoding=delimited",
       Format::text},
      {"another encoding",
       "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
       Format::text},
      {"no encoding", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily",
       Format::text},
      {"no message", "application/vnd.google.protobuf;encoding=delimited", Format::text},
  });
}

TEST(Negotiate, WildcardsOfAType) {
  expect({
      {"text", "text/*,application/openmetrics-text;q=0.5", Format::text},
      {"application", "application/*", Format::openmetrics_1_0_0},
      {"another", "image/*", Format::text},
  });
}

TEST(Negotiate, CaseSpaceQuotesAndUnknownParametersDoNotMatter) {
  expect({
      {"case", "Application/OpenMetrics-Text;VERSION=1.0.0;Q=1", Format::openmetrics_1_0_0},
      {"space", " \tapplication/openmetrics-text ; version = 1.0.0 ; q = 0.5 , text/plain;q=0.1",
       Format::openmetrics_1_0_0},
      {"quotes", "application/openmetrics-text;version=\"1.0.0\"", Format::openmetrics_1_0_0},
      {"separators in quotes", "text/plain;x=\"a,b;q=0;\\\",\";q=0.3,application/openmetrics-text",
       Format::openmetrics_0_0_1},
      {"a quoted comma", "text/plain;x=\"application/openmetrics-text,\"", Format::text},
      {"unknown parameters", "application/openmetrics-text;a=b;version=1.0.0;charset=utf-8;c",
       Format::openmetrics_1_0_0},
      {"the last of a parameter counts", "application/openmetrics-text;version=3;version=1.0.0",
       Format::openmetrics_1_0_0},
  });
}

TEST(Negotiate, OnlyKnownEscapingSchemesAreNamedInTheAnswer) {
  for (const char* scheme : {"allow-utf-8", "underscores", "dots", "values"}) {
    const std::string accept = std::string("text/plain;escaping=") + scheme;
    EXPECT_EQ(content_type(negotiate(accept)),
              std::string("text/plain; version=0.0.4; charset=utf-8; escaping=") + scheme);
  }
  for (const char* scheme : {"", "other", "dots\r\nSet-Cookie: a=b", "\"dots\\\"\"", "DOTS"}) {
    const std::string accept = std::string("text/plain;escaping=") + scheme;
    EXPECT_EQ(content_type(negotiate(accept)), "text/plain; version=0.0.4; charset=utf-8");
  }
}

TEST(Negotiate, MalformedHeadersGetAnAnswerToo) {
  expect({
      {"weight that is no number", "application/openmetrics-text;q=abc,text/plain;q=0.1",
       Format::text},
      {"weight above 1", "application/openmetrics-text;q=2,text/plain", Format::openmetrics_0_0_1},
      {"weight below 0", "application/openmetrics-text;q=-1,text/plain;q=0.1", Format::text},
      {"weight that is none", "application/openmetrics-text;q=,text/plain;q=0.1", Format::text},
      {"NaN", "application/openmetrics-text;q=nan,text/plain;q=0.1", Format::text},
      {"infinite", "text/plain;q=0.1,application/openmetrics-text;q=inf",
       Format::openmetrics_0_0_1},
      {"empty parameters", "application/openmetrics-text;;;version=1.0.0;;",
       Format::openmetrics_1_0_0},
      {"empty alternatives", ",,;,application/openmetrics-text;version=1.0.0,",
       Format::openmetrics_1_0_0},
      {"a quote that does not end", "text/plain;x=\"abc,application/openmetrics-text",
       Format::text},
      {"a backslash at the end", "text/plain;x=\"\\", Format::text},
      {"only separators", ";;==,,\"\"", Format::text},
      {"no subtype", "text,application", Format::text},
      {"bytes", std::string("\0\xff\x80/;=\0", 7), Format::text},
  });
}

TEST(Negotiate, AnyHeaderTakesBoundedTime) {
  constexpr std::size_t kBytes = std::size_t{64} * 1024;
  for (const char* piece :
       {",", ";", "=", "\"", "\\", "q=1;", "*/*,", ",;\"", "text/plain;q=0.1,"}) {
    std::string accept;
    while (accept.size() < kBytes) {
      accept += piece;
    }
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(static_cast<int>(negotiate(accept).format), static_cast<int>(Format::text));
    // Milliseconds; anything quadratic takes minutes.
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2)) << piece;
  }
}

TEST(ContentType, IsExactlyWhatPrometheusKnows) {
  const auto of = [](Format format) { return content_type({format, ""}); };
  EXPECT_EQ(of(Format::text), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(of(Format::openmetrics_0_0_1),
            "application/openmetrics-text; version=0.0.1; charset=utf-8");
  EXPECT_EQ(of(Format::openmetrics_1_0_0),
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(of(Format::protobuf),
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
            "encoding=delimited");
  EXPECT_EQ(content_type({Format::openmetrics_1_0_0, "allow-utf-8"}),
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8");
}

}  // namespace
}  // namespace shmx::render
