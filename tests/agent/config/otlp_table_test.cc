// Each setting of the OTLP push by itself: its variables, key and flag, and which of them wins.
#include "agent/config/otlp_table.h"

#include <gmock/gmock.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "tests/agent/config/otlp_given.h"

namespace shmx::config {
namespace {

using testing::ElementsAre;

/// A setting as text, for tables.
using Shown = std::string (*)(const push::Options&);

std::string headers_of(const push::Options& push) {
  std::string text;
  for (const push::Header& header : push.headers) {
    text.append(header.name).append("=").append(header.value).append(";");
  }
  return text;
}

std::string resource_of(const push::Options& push) {
  std::string text;
  for (const Label& label : push.mapping.resource) {
    text.append(label.name).append("=").append(label.value).append(";");
  }
  return text;
}

/// Values that differ from the default and each other, by which a source is known again.
struct Row {
  const char* word;
  std::vector<const char*> variables;  ///< the one that wins first
  std::array<const char*, 2> of_variables;
  std::array<const char*, 2> of_others;  ///< as file and flag write the same
  std::array<const char*, 2> shown;
  Shown show;
};

const std::vector<Row> kRows = {
    {"endpoint",
     {"OTEL_EXPORTER_OTLP_ENDPOINT"},
     {"http://one/x", "https://two"},
     {"http://one/x", "https://two"},
     {"http://one/x/v1/metrics 0", "https://two/v1/metrics 0"},
     [](const auto& p) { return p.url + (p.path_as_given ? " 1" : " 0"); }},
    {"metrics_endpoint",
     {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"},
     {"http://one/x", "https://two"},
     {"http://one/x", "https://two"},
     {"http://one/x 1", "https://two/ 1"},
     [](const auto& p) { return p.url + (p.path_as_given ? " 1" : " 0"); }},
    {"protocol",
     {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"},
     {"grpc", "http/protobuf"},
     {"grpc", "http/protobuf"},
     {"grpc", "http"},
     [](const auto& p) -> std::string {
       return p.protocol == push::Protocol::grpc ? "grpc" : "http";
     }},
    {"compression",
     {"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"},
     {"gzip", "none"},
     {"GZip", "none"},
     {"gzip", "none"},
     [](const auto& p) -> std::string {
       return p.compression == push::Compression::gzip ? "gzip" : "none";
     }},
    {"interval",
     {"OTEL_METRIC_EXPORT_INTERVAL"},
     {"1", "2147483647"},
     {"1ms", "2147483647ms"},
     {"1", "2147483647"},
     [](const auto& p) { return std::to_string(p.interval.count()); }},
    {"timeout",
     {"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"},
     {"1500", "3000"},
     {"1500ms", "3s"},
     {"1500", "3000"},
     [](const auto& p) { return std::to_string(p.timeout.count()); }},
    {"export_timeout",
     {"OTEL_METRIC_EXPORT_TIMEOUT"},
     {"60000", "3600000"},
     {"1m", "1h"},
     {"60000", "3600000"},
     [](const auto& p) { return std::to_string(p.export_timeout.count()); }},
    {"temporality",
     {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"},
     {"DELTA", "cumulative"},
     {"lowmemory", "cumulative"},
     {"delta", "cumulative"},
     [](const auto& p) -> std::string {
       return p.temporality == otlp::Temporality::delta ? "delta" : "cumulative";
     }},
    {"default_histogram_aggregation",
     {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"},
     {"base2_exponential_bucket_histogram", "explicit_bucket_histogram"},
     {"base2_exponential_bucket_histogram", "explicit_bucket_histogram"},
     {"exponential", "explicit"},
     [](const auto& p) -> std::string {
       return p.mapping.histograms == otlp::Histograms::exponential ? "exponential" : "explicit";
     }},
    {"names",
     {},
     {},
     {"otel", "prometheus"},
     {"otel", "prometheus"},
     [](const auto& p) -> std::string {
       return p.mapping.names == otlp::Names::otel ? "otel" : "prometheus";
     }},
    {"certificate",
     {"OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"},
     {"/one", "/two"},
     {"/one", "/two"},
     {"/one", "/two"},
     [](const auto& p) { return p.tls.authorities; }},
    {"headers",
     {"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"},
     {"X-A = b%20c , authorization=Basic d==", "x=y"},
     {"{X-A: 'b c', authorization: Basic d==}", "{x: y}"},
     {"x-a=b c;authorization=Basic d==;", "x=y;"},
     headers_of},
    {"bearer_token_file",
     {},
     {},
     {"/one", "/two"},
     {"/one", "/two"},
     [](const auto& p) { return p.bearer_token_file; }},
    {"max_request_bytes",
     {},
     {},
     {"1KiB", "1GiB"},
     {"1024", "1073741824"},
     [](const auto& p) { return std::to_string(p.max_request_bytes); }},
    {"resource_attributes",
     {"OTEL_RESOURCE_ATTRIBUTES"},
     {"deployment.environment=a%2Cb,host.name=h", "k=v"},
     {"{deployment.environment: 'a,b', host.name: h}", "{k: v}"},
     {"deployment.environment=a,b;host.name=h;", "k=v;host.name=host1;"},
     resource_of},
    {"service_name",
     {"OTEL_SERVICE_NAME"},
     {"one", "two"},
     {"one", "two"},
     {"one", "two"},
     [](const auto& p) { return p.mapping.own_service; }},
};

class OtlpRow : public testing::TestWithParam<Row> {
 protected:
  /// With an endpoint that every other source of it outdoes.
  static Given given() {
    const bool is_endpoint = std::string(GetParam().word).ends_with("endpoint");
    return {.file = is_endpoint ? "" : " endpoint: https://base.example\n"};
  }
  static std::string line(std::size_t value) {
    return " " + std::string(GetParam().word) + ": " + GetParam().of_others.at(value) + "\n";
  }
  static std::string flag(std::size_t value) {
    return otlp_flag(*find_otlp_setting(GetParam().word)) + "=" + GetParam().of_others.at(value);
  }
  static bool has_flag() { return !find_otlp_setting(GetParam().word)->help.empty(); }
};

TEST_P(OtlpRow, IsTakenFromEachVariable) {
  for (const char* variable : GetParam().variables) {
    for (const std::size_t value : {0, 1}) {
      Given given = OtlpRow::given();
      given.environment[variable] = GetParam().of_variables.at(value);
      EXPECT_EQ(GetParam().show(options(given)), GetParam().shown.at(value)) << variable;
    }
  }
}

TEST_P(OtlpRow, IsTakenFromTheFile) {
  for (const std::size_t value : {0, 1}) {
    Given given = OtlpRow::given();
    given.file += line(value);
    EXPECT_EQ(GetParam().show(options(given)), GetParam().shown.at(value));
  }
}

TEST_P(OtlpRow, AFlagWinsOverTheFile) {
  for (const std::size_t value : {0, 1}) {
    Given given = OtlpRow::given();
    given.file += line(1 - value);
    given.flags = {flag(value)};
    if (has_flag()) {
      EXPECT_EQ(GetParam().show(options(given)), GetParam().shown.at(value));
    } else {
      EXPECT_FALSE(read(given).ok());
    }
  }
}

TEST_P(OtlpRow, AVariableWinsOverTheFileAndAFlagOverBoth) {
  for (const char* variable : GetParam().variables) {
    Given given = OtlpRow::given();
    given.file += line(0);
    given.environment[variable] = GetParam().of_variables.at(1);
    EXPECT_EQ(GetParam().show(options(given)), GetParam().shown.at(1)) << variable;
    if (has_flag()) {
      given.flags = {flag(0)};
      EXPECT_EQ(GetParam().show(options(given)), GetParam().shown.at(0)) << variable;
    }
  }
}

TEST_P(OtlpRow, TheVariableOfMetricsWinsAndAnEmptyOneIsNone) {
  const auto& variables = GetParam().variables;
  if (variables.size() < 2) {
    EXPECT_TRUE(find_otlp_setting(GetParam().word)->variables[1].empty());
    return;
  }
  Given given = OtlpRow::given();
  given.environment[variables[0]] = GetParam().of_variables.at(0);
  given.environment[variables[1]] = GetParam().of_variables.at(1);
  EXPECT_EQ(GetParam().show(options(given)), GetParam().shown.at(0));
  for (const char* empty : {"", " \t"}) {
    given.environment[variables[0]] = empty;
    EXPECT_EQ(GetParam().show(options(given)), GetParam().shown.at(1));
  }
}

TEST_P(OtlpRow, HasTheVariablesOfTheTable) {
  std::vector<std::string> variables(GetParam().variables.begin(), GetParam().variables.end());
  variables.resize(2);
  EXPECT_THAT(find_otlp_setting(GetParam().word)->variables,
              ElementsAre(variables[0], variables[1]));
}

INSTANTIATE_TEST_SUITE_P(Table, OtlpRow, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.word); });

TEST(OtlpTable, EveryRowIsTested) {
  std::vector<std::string> tested = {"disabled", "exporter", "insecure", "client_certificate",
                                     "client_key"};
  for (const Row& row : kRows) {
    tested.emplace_back(row.word);
  }
  std::vector<std::string> words;
  for (const OtlpSetting& setting : otlp_table()) {
    words.emplace_back(setting.word);
  }
  EXPECT_THAT(tested, testing::UnorderedElementsAreArray(words));
}

}  // namespace
}  // namespace shmx::config
