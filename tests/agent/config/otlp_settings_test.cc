// The settings of the OTLP push together: what switches it on and off, and what is told of values
// that cannot be. Each by itself is in otlp_table_test.cc.
#include "agent/config/otlp_settings.h"

#include <gmock/gmock.h>

#include "tests/agent/config/otlp_given.h"

namespace shmx::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kEndpoint = "http://base.example";

/// With an endpoint in the environment.
push::Options with(const std::string& variable, const std::string& value) {
  return options({.environment = {{"OTEL_EXPORTER_OTLP_ENDPOINT", kEndpoint}, {variable, value}}});
}

TEST(OtlpSettings, WithoutAnEndpointPushIsOff) {
  const auto settings = read({});
  ASSERT_TRUE(settings.ok());
  EXPECT_FALSE(settings.value().push);
  EXPECT_THAT(settings.value().warnings, IsEmpty());
}

TEST(OtlpSettings, VariablesWithoutAnEndpointSayNothing) {
  const auto settings = read({.environment = {{"OTEL_SERVICE_NAME", "a"},
                                              {"OTEL_TRACES_EXPORTER", "console"},
                                              {"OTEL_LOGS_EXPORTER", "console"}}});
  ASSERT_TRUE(settings.ok());
  EXPECT_FALSE(settings.value().push);
  EXPECT_THAT(settings.value().warnings, IsEmpty());
}

TEST(OtlpSettings, WhoMeansToPushIsToldThatTheEndpointIsMissing) {
  for (const Given& given :
       {Given{.environment = {{"OTEL_METRICS_EXPORTER", "otlp"}}},
        Given{.file = " interval: 10s\n"}, Given{.flags = {"--otlp.names=otel"}}}) {
    const auto settings = read(given);
    ASSERT_TRUE(settings.ok());
    EXPECT_FALSE(settings.value().push);
    EXPECT_THAT(
        settings.value().warnings,
        ElementsAre(AllOf(HasSubstr("off, for it has no endpoint"), HasSubstr("http://localhost:"
                                                                              "4318"))));
  }
  const auto grpc = read({.flags = {"--otlp.protocol=grpc"}});
  ASSERT_TRUE(grpc.ok());
  EXPECT_THAT(grpc.value().warnings, ElementsAre(HasSubstr("http://localhost:"
                                                           "4317")));
}

TEST(OtlpSettings, TheDefaultsAreTheStandards) {
  const push::Options push = with("UNRELATED", "1");
  EXPECT_EQ(push.protocol, push::Protocol::http_protobuf);
  EXPECT_EQ(push.url, "http://base.example/v1/metrics");
  EXPECT_FALSE(push.path_as_given);
  EXPECT_THAT(push.headers, IsEmpty());
  EXPECT_EQ(push.compression, push::Compression::none);
  EXPECT_EQ(push.timeout, std::chrono::milliseconds(10'000));
  EXPECT_EQ(push.interval, std::chrono::milliseconds(60'000));
  EXPECT_EQ(push.export_timeout, std::chrono::milliseconds(30'000));
  EXPECT_EQ(push.temporality, otlp::Temporality::cumulative);
  EXPECT_EQ(push.max_request_bytes, std::size_t{4} << 20);
  EXPECT_EQ(push.mapping.names, otlp::Names::prometheus);
  EXPECT_EQ(push.mapping.histograms, otlp::Histograms::explicit_buckets);
  EXPECT_EQ(push.mapping.own_service, "shm_exporter");
  EXPECT_EQ(push.mapping.instance, "host1");
  EXPECT_THAT(push.mapping.resource, ElementsAre(Label{"host.name", "host1"}));
}

TEST(OtlpSettings, TheEndpointOfMetricsWinsWithinASource) {
  const push::Options variables =
      options({.environment = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://base"},
                               {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://own/x"}}});
  EXPECT_EQ(variables.url, "http://own/x");
  EXPECT_TRUE(variables.path_as_given);
  EXPECT_EQ(options({.file = " metrics_endpoint: http://own/x\n endpoint: http://base\n"}).url,
            "http://own/x");
}

TEST(OtlpSettings, ABaseOfASourceThatWinsOutdoesTheEndpointOfMetrics) {
  const push::Options push =
      options({.environment = {{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://own/x"}},
               .file = " metrics_endpoint: http://file/x\n",
               .flags = {"--otlp.endpoint=http://base"}});
  EXPECT_EQ(push.url, "http://base/v1/metrics");
  EXPECT_FALSE(push.path_as_given);
}

TEST(OtlpSettings, InsecureIsForGrpcWithoutAScheme) {
  for (const char* variable :
       {"OTEL_EXPORTER_OTLP_METRICS_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"}) {
    const auto url = [&](const char* endpoint, const char* insecure) {
      return options({.environment = {{"OTEL_EXPORTER_OTLP_ENDPOINT", endpoint},
                                      {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"},
                                      {variable, insecure}}})
          .url;
    };
    EXPECT_EQ(url("a:1", "TRUE"), "http://a:1");
    EXPECT_EQ(url("a:1", "false"), "https://a:1");
    EXPECT_EQ(url("a:1", ""), "https://a:1");
    EXPECT_EQ(url("https://a:1", "true"), "https://a:1");
  }
  EXPECT_EQ(options({.file = " endpoint: a:1\n protocol: grpc\n insecure: true\n"}).url,
            "http://a:1");
}

TEST(OtlpSettings, ABooleanThatIsNeitherIsFalseWithAWarningWhateverTheFileSays) {
  const auto settings = read({.environment = {{"OTEL_EXPORTER_OTLP_INSECURE", "1"}},
                              .file = " endpoint: a:1\n protocol: grpc\n insecure: true\n"});
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings.value().push->url, "https://a:1");
  EXPECT_THAT(settings.value().warnings,
              ElementsAre("OTEL_EXPORTER_OTLP_INSECURE: expected true or false, got 1, which "
                          "counts as false"));
  const auto disabled =
      read({.environment = {{"OTEL_SDK_DISABLED", "yes"}}, .file = " endpoint: http://a\n"});
  ASSERT_TRUE(disabled.ok());
  EXPECT_TRUE(disabled.value().push);
  EXPECT_THAT(disabled.value().warnings, ElementsAre(HasSubstr("OTEL_SDK_DISABLED")));
}

TEST(OtlpSettings, WhatIsDisabledOrHasNoExporterIsOffAndNeedNotBeRight) {
  const std::string wrong = " endpoint: nowhere\n protocol: morse\n";
  for (const Given& given :
       {Given{.environment = {{"OTEL_SDK_DISABLED", "True"}}, .file = wrong},
        Given{.environment = {{"OTEL_METRICS_EXPORTER", "none"}}, .file = wrong},
        Given{.file = wrong + " disabled: true\n"}, Given{.file = wrong + " exporter: none\n"}}) {
    const auto settings = read(given);
    ASSERT_TRUE(settings.ok()) << settings.error().message;
    EXPECT_FALSE(settings.value().push);
    EXPECT_THAT(settings.value().warnings, IsEmpty());
  }
  EXPECT_TRUE(with("OTEL_SDK_DISABLED", "false").url.starts_with("http:"));
  EXPECT_TRUE(with("OTEL_METRICS_EXPORTER", "otlp").url.starts_with("http:"));
  EXPECT_TRUE(with("OTEL_TRACES_EXPORTER", "zipkin").url.starts_with("http:"));
  EXPECT_TRUE(with("OTEL_LOGS_EXPORTER", "console").url.starts_with("http:"));
}

TEST(OtlpSettings, AttributesMayNameTheServiceAndTheInstance) {
  const push::Options push =
      with("OTEL_RESOURCE_ATTRIBUTES", "service.name=a%20b,service.instance.id=i,k=v");
  EXPECT_EQ(push.mapping.own_service, "a b");
  EXPECT_EQ(push.mapping.instance, "i");
  EXPECT_THAT(push.mapping.resource,
              UnorderedElementsAre(Label{"k", "v"}, Label{"host.name", "host1"}));
}

TEST(OtlpSettings, EmptyAttributesAreAsGoodAsNone) {
  const push::Options push =
      with("OTEL_RESOURCE_ATTRIBUTES", "service.name=,service.instance.id=,host.name=,k=");
  EXPECT_EQ(push.mapping.own_service, "shm_exporter");
  EXPECT_EQ(push.mapping.instance, "host1");
  EXPECT_THAT(push.mapping.resource, ElementsAre(Label{"host.name", "host1"}));
}

TEST(OtlpSettings, AnEmptyFlagIsNone) {
  EXPECT_EQ(options({.environment = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"}},
                     .flags = {"--otlp.endpoint", "", "--otlp.names", ""}})
                .url,
            "http://a/v1/metrics");
}

TEST(OtlpSettings, TheServiceNameWinsOverAttributesOfItsOwnOrALesserSource) {
  const Environment attributes = {{"OTEL_EXPORTER_OTLP_ENDPOINT", kEndpoint},
                                  {"OTEL_RESOURCE_ATTRIBUTES", "service.name=attribute"}};
  Environment both = attributes;
  both["OTEL_SERVICE_NAME"] = "name";
  EXPECT_EQ(options({.environment = both}).mapping.own_service, "name");
  EXPECT_EQ(
      options({.environment = attributes, .file = " service_name: file\n"}).mapping.own_service,
      "attribute");
}

TEST(OtlpSettings, AClientsCertificateAndKeyComeTogether) {
  const push::TlsFiles variables =
      options({.environment = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://a"},
                               {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/c"},
                               {"OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", "/mc"},
                               {"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/k"},
                               {"OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "/mk"}}})
          .tls;
  EXPECT_EQ(variables.certificate, "/mc");
  EXPECT_EQ(variables.key, "/mk");
  const push::TlsFiles others =
      options({.environment = {{"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/k"}},
               .file = " endpoint: https://a\n client_certificate: /f\n client_key: /f\n",
               .flags = {"--otlp.client-certificate=/flag"}})
          .tls;
  EXPECT_EQ(others.certificate, "/flag");
  EXPECT_EQ(others.key, "/k");
  for (const char* line : {" client_certificate: /c\n", " client_key: /k\n"}) {
    const auto half = read({.file = std::string(" endpoint: https://a\n") + line});
    ASSERT_FALSE(half.ok());
    EXPECT_THAT(half.error().message, HasSubstr("client_certificate and client_key"));
  }
}

TEST(OtlpSettings, CertificatesWithoutTlsAreWarnedOf) {
  const auto settings = read({.file = " endpoint: http://a\n certificate: /ca\n"});
  ASSERT_TRUE(settings.ok());
  EXPECT_TRUE(settings.value().push);
  EXPECT_THAT(settings.value().warnings, ElementsAre(HasSubstr("use https:// to encrypt")));
}

TEST(OtlpSettings, JobsOfManyProcessesAreResourcesOfEach) {
  const auto file = parse_settings(
      "jobs: {a: {per_process: true}, b: {}}\notlp: {endpoint: 'http://a'}", "a.yml");
  ASSERT_TRUE(file.ok());
  const auto settings = otlp_settings({}, file.value(), {}, "h");
  ASSERT_TRUE(settings.ok());
  EXPECT_THAT(settings.value().push->mapping.per_process_jobs, ElementsAre("a"));
}

TEST(OtlpSettings, WithoutANameOfTheHostNoAttributeIsMadeUp) {
  const auto file = parse_settings("otlp: {endpoint: 'http://a'}", "a.yml");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(otlp_settings({}, file.value(), {}, "").value().push->mapping.resource, IsEmpty());
}

struct Ignored {
  const char* variable;
  const char* value;
  const char* warned;
};

class IgnoredVariable : public testing::TestWithParam<Ignored> {};

// The standard: unknown choices and numbers are to be warned of and ignored.
TEST_P(IgnoredVariable, IsAsIfItWereNotSet) {
  const auto& [variable, value, warned] = GetParam();
  const std::string file =
      " endpoint: http://a\n compression: gzip\n interval: 7s\n timeout: 7s\n export_timeout: 7s\n"
      " temporality: delta\n resource_attributes: {k: v}\n"
      " default_histogram_aggregation: base2_exponential_bucket_histogram\n";
  const auto settings = read({.environment = {{variable, value}}, .file = file});
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_THAT(settings.value().warnings,
              ElementsAre(std::string(variable) + ": expected " + warned + ", got " + value +
                          ", which is ignored"));
  const push::Options& push = *settings.value().push;
  EXPECT_EQ(push.compression, push::Compression::gzip);
  EXPECT_EQ(push.interval, std::chrono::seconds(7));
  EXPECT_EQ(push.timeout, std::chrono::seconds(7));
  EXPECT_EQ(push.export_timeout, std::chrono::seconds(7));
  EXPECT_EQ(push.temporality, otlp::Temporality::delta);
  EXPECT_EQ(push.mapping.histograms, otlp::Histograms::exponential);
  EXPECT_THAT(push.mapping.resource, Contains(Label{"k", "v"}));
}

constexpr const char* kMilliseconds = "milliseconds from 1 to 2147483647";
constexpr const char* kPairs = "name=value,name2=value2 with other characters as %XX";

INSTANTIATE_TEST_SUITE_P(
    Table, IgnoredVariable,
    testing::Values(Ignored{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "gzip or none"},
                    Ignored{"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "deflate", "gzip or none"},
                    Ignored{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s", kMilliseconds},
                    Ignored{"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "-1", kMilliseconds},
                    Ignored{"OTEL_METRIC_EXPORT_INTERVAL", "0", kMilliseconds},
                    Ignored{"OTEL_METRIC_EXPORT_INTERVAL", "2147483648", kMilliseconds},
                    Ignored{"OTEL_METRIC_EXPORT_TIMEOUT", "soon", kMilliseconds},
                    Ignored{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both",
                            "cumulative or delta or lowmemory"},
                    Ignored{"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "summary",
                            "explicit_bucket_histogram or base2_exponential_bucket_histogram"},
                    Ignored{"OTEL_RESOURCE_ATTRIBUTES", "k=w,k2", kPairs},
                    Ignored{"OTEL_RESOURCE_ATTRIBUTES", "k=%zz", kPairs},
                    Ignored{"OTEL_RESOURCE_ATTRIBUTES", "k=1,k=2", "each attribute once"},
                    Ignored{"OTEL_RESOURCE_ATTRIBUTES", "k=%ff", "attributes in UTF-8"}));

struct Mistake {
  Given given;
  const char* told;
};

class WrongOtlpSettings : public testing::TestWithParam<Mistake> {};

TEST_P(WrongOtlpSettings, AreAnErrorThatSaysWhereAndWhatWasExpected) {
  Given given = GetParam().given;
  if (given.file.find("endpoint:") == std::string::npos) {
    given.file += " endpoint: http://a\n";
  }
  const auto settings = read(given);
  ASSERT_FALSE(settings.ok());
  EXPECT_EQ(settings.error().message, GetParam().told);
  EXPECT_THAT(settings.error().message, Not(HasSubstr("secret")));
}

INSTANTIATE_TEST_SUITE_P(
    Variables, WrongOtlpSettings,
    testing::Values(
        Mistake{{.environment = {{"OTEL_METRICS_EXPORTER", "prometheus"}}},
                "OTEL_METRICS_EXPORTER: expected otlp or none, got prometheus"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}}},
                "OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or grpc, got http/json"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "udp"}}},
                "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: expected http/protobuf or grpc, got udp"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_ENDPOINT", "secret:4318"}}},
                "OTEL_EXPORTER_OTLP_ENDPOINT: expected http://HOST:PORT or https://HOST:PORT, and "
                "perhaps a path"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://u:secret@a"}}},
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: expected a URL without a user and a "
                "password; headers or a bearer token file carry them"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_HEADERS", "secret"}}},
                "OTEL_EXPORTER_OTLP_HEADERS: expected name=value,name2=value2 with other "
                "characters as %XX"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0d%0ab: c"}}},
                "OTEL_EXPORTER_OTLP_HEADERS: expected headers whose names are letters, digits, "
                "'-', '_' and '.', and whose values are printable ASCII"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_HEADERS", "a b=secret"}}},
                "OTEL_EXPORTER_OTLP_HEADERS: expected headers whose names are letters, digits, "
                "'-', '_' and '.', and whose values are printable ASCII"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "a=secret,A=secret"}}},
                "OTEL_EXPORTER_OTLP_METRICS_HEADERS: expected each header once"},
        Mistake{{.environment = {{"OTEL_EXPORTER_OTLP_HEADERS", "Authorization=secret"}},
                 .file = " bearer_token_file: /t\n"},
                "OTLP push: expected a header authorization or bearer_token_file, got both"},
        Mistake{{.environment = {{"OTEL_SERVICE_NAME", "\xff"}}},
                "OTEL_SERVICE_NAME: expected a name in UTF-8, got \xff"}));

INSTANTIATE_TEST_SUITE_P(
    File, WrongOtlpSettings,
    testing::Values(
        Mistake{{.file = " protocol: http/json\n"},
                "a.yml:2:12: protocol: expected http/protobuf or grpc, got http/json"},
        Mistake{{.file = " exporter: console\n"},
                "a.yml:2:12: exporter: expected otlp or none, got console"},
        Mistake{{.file = " insecure: 1\n"}, "a.yml:2:12: insecure: expected true or false, got 1"},
        Mistake{{.file = " compression: zstd\n"},
                "a.yml:2:15: compression: expected gzip or none, got zstd"},
        Mistake{{.file = " interval: 10\n"},
                "a.yml:2:12: interval: expected a duration such as 500ms, 10s or 1m, of 24 days at "
                "most, got 10"},
        Mistake{{.file = " names: a66\n"},
                "a.yml:2:9: names: expected prometheus or otel, got a66"},
        Mistake{{.file = " max_request_bytes: 1023\n"},
                "a.yml:2:21: max_request_bytes: expected a size from 1KiB to 1GiB, got 1023"},
        Mistake{{.file = " headers: {'': secret}\n"},
                "a.yml:2:11: headers: expected headers whose names are letters, digits, '-', '_' "
                "and '.', and whose values are printable ASCII"},
        Mistake{{.file = " resource_attributes: {a: b, a: c}\n"},
                "a.yml:2:23: resource_attributes: expected each attribute once"},
        Mistake{{.file = " headers: a=secret\n"}, "a.yml:2:11: expected a map of headers"},
        Mistake{{.file = " headers:\n  a: [secret]\n"},
                "a.yml:3:6: expected one value for each of headers"},
        Mistake{{.file = " timeout: [1s]\n"}, "a.yml:2:11: expected one value for timeout"},
        Mistake{{.file = " endpoint: 'http://a/?secret'\n"},
                "a.yml:2:12: endpoint: expected a base URL without a query, to which v1/metrics is "
                "appended"}));

INSTANTIATE_TEST_SUITE_P(
    Flags, WrongOtlpSettings,
    testing::Values(
        Mistake{{.flags = {"--otlp.protocol=http/json"}},
                "--otlp.protocol: expected http/protobuf or grpc, got http/json"},
        Mistake{{.flags = {"--otlp.timeout=1week"}},
                "--otlp.timeout: expected a duration such as 500ms, 10s or 1m, of 24 days at most, "
                "got 1week"},
        Mistake{{.flags = {"--otlp.export-timeout=25d"}},
                "--otlp.export-timeout: expected a duration such as 500ms, 10s or 1m, of 24 days "
                "at most, got 25d"},
        Mistake{{.flags = {"--otlp.max-request-bytes=2GiB"}},
                "--otlp.max-request-bytes: expected a size from 1KiB to 1GiB, got 2GiB"},
        Mistake{{.flags = {"--otlp.metrics-endpoint=secret"}},
                "--otlp.metrics-endpoint: expected http://HOST:PORT or https://HOST:PORT, and "
                "perhaps a path"},
        Mistake{{.flags = {"--otlp.protocol=grpc", "--otlp.endpoint=http://a/secret"}},
                "--otlp.endpoint: expected no path, for the protocol is grpc"}));

}  // namespace
}  // namespace shmx::config
