// See otlp_table.h. The variables are those of
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables, and a word is
// the last part of its variable's name where there is one.
#include "agent/config/otlp_table.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "shm/descriptor.h"

namespace shmx::config {
namespace {

// The standard's numbers end at 2^31 - 1; 0 would be no time at all.
constexpr std::uint64_t kLongestMs = 2'147'483'647;

// A request holds one point at least; a receiver that takes more than 1 GiB is not known, and
// protobuf ends at 2 GiB.
constexpr std::uint64_t kLeastRequestBytes = std::uint64_t{1} << 10;
constexpr std::uint64_t kMostRequestBytes = std::uint64_t{1} << 30;

template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

constexpr Choice<push::Protocol> kProtocols[] = {{"http/protobuf", push::Protocol::http_protobuf},
                                                 {"grpc", push::Protocol::grpc}};
constexpr Choice<push::Compression> kCompressions[] = {{"gzip", push::Compression::gzip},
                                                       {"none", push::Compression::none}};
// Low memory means deltas for what the agent has: counters and histograms that are counted in line.
constexpr Choice<otlp::Temporality> kTemporalities[] = {
    {"cumulative", otlp::Temporality::cumulative},
    {"delta", otlp::Temporality::delta},
    {"lowmemory", otlp::Temporality::delta}};
constexpr Choice<otlp::Histograms> kHistograms[] = {
    {"explicit_bucket_histogram", otlp::Histograms::explicit_buckets},
    {"base2_exponential_bucket_histogram", otlp::Histograms::exponential}};
constexpr Choice<otlp::Names> kNames[] = {{"prometheus", otlp::Names::prometheus},
                                          {"otel", otlp::Names::otel}};
constexpr Choice<bool> kExporters[] = {{"otlp", true}, {"none", false}};
constexpr Choice<bool> kBooleans[] = {{"true", true}, {"false", false}};

// In any case, as the standard reads the values of its variables.
template <typename T, std::size_t kCount>
std::string choose(const OtlpGiven& given, const Choice<T> (&choices)[kCount], T& value) {
  const auto* const chosen =
      std::ranges::find(choices, std::string_view(lower_case(given.text)), &Choice<T>::name);
  if (chosen != std::end(choices)) {
    value = chosen->value;
    return {};
  }
  std::string expected;
  for (const Choice<T>& choice : choices) {
    expected.append(expected.empty() ? "" : " or ").append(choice.name);
  }
  return expected;
}

std::string take_boolean(const OtlpGiven& given, bool& value) {
  value = false;  // What the standard makes of anything else.
  return choose(given, kBooleans, value);
}

// Variables are in milliseconds; files and flags say which unit they mean.
std::string take_duration(const OtlpGiven& given, std::chrono::milliseconds& value) {
  const bool is_variable = given.source == OtlpSource::environment;
  const auto ms =
      is_variable ? number_in(given.text, kNoUnit) : number_in(given.text, kDurationUnits);
  if (!ms || *ms == 0 || *ms > kLongestMs) {
    return is_variable ? "milliseconds from 1 to 2147483647"
                       : "a duration such as 500ms, 10s or 1m, of 24 days at most";
  }
  value = std::chrono::milliseconds(*ms);
  return {};
}

std::string take_size(const OtlpGiven& given, std::size_t& value) {
  const auto bytes = number_in(given.text, kSizeUnits);
  if (!bytes || *bytes < kLeastRequestBytes || *bytes > kMostRequestBytes) {
    return "a size from 1KiB to 1GiB";
  }
  value = *bytes;
  return {};
}

// A name of HTTP (RFC 9110: token) that gRPC takes, too.
bool is_header_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

bool is_header_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string take_headers(const OtlpGiven& given, OtlpDraft& draft) {
  std::vector<push::Header> headers;
  for (const auto& [given_name, value] : given.pairs) {
    std::string name = lower_case(given_name);
    if (!is_header_name(name) || !is_header_value(value)) {
      return "headers whose names are letters, digits, '-', '_' and '.', and whose values are "
             "printable ASCII";
    }
    if (std::ranges::find(headers, name, &push::Header::name) != headers.end()) {
      return "each header once";
    }
    headers.push_back({std::move(name), value});
  }
  draft.options.headers = std::move(headers);
  return {};
}

std::string take_attributes(const OtlpGiven& given, OtlpDraft& draft) {
  Labels attributes;
  for (const auto& [name, value] : given.pairs) {
    if (!is_utf8(name) || !is_utf8(value)) {
      return "attributes in UTF-8";
    }
    if (std::ranges::find(attributes, name, &Label::name) != attributes.end()) {
      return "each attribute once";
    }
    attributes.push_back({name, value});
  }
  for (Label& attribute : attributes) {
    if (attribute.value.empty()) {
      continue;  // As good as not set.
    }
    if (attribute.name == "service.name") {
      draft.attribute_service = given;
      draft.options.mapping.own_service = std::move(attribute.value);
    } else if (attribute.name == "service.instance.id") {
      draft.options.mapping.instance = std::move(attribute.value);
    } else {
      draft.options.mapping.resource.push_back(std::move(attribute));
    }
  }
  return {};
}

// Wins over resource attributes, unless these are of a source that wins.
std::string take_service_name(const OtlpGiven& given, OtlpDraft& draft) {
  if (!is_utf8(given.text)) {
    return "a name in UTF-8";
  }
  if (!draft.attribute_service || draft.attribute_service->source <= given.source) {
    draft.options.mapping.own_service = given.text;
  }
  return {};
}

// The endpoint of the signal wins over the base, unless that is of a source that wins.
std::string take_metrics_endpoint(const OtlpGiven& given, OtlpDraft& draft) {
  if (!draft.endpoint || draft.endpoint->source <= given.source) {
    draft.endpoint = given;
    draft.per_signal = true;
  }
  return {};
}

std::string take_text(const OtlpGiven& given, std::string& value) {
  value = given.text;
  return {};
}

using Given = OtlpGiven;
using Draft = OtlpDraft;

// In the order in which they are taken, and of the help.
constexpr OtlpSetting kTable[] = {
    {.word = "disabled",
     .variables = {"OTEL_SDK_DISABLED"},
     .bad_variable = OtlpBadVariable::is_false,
     .take = [](const Given& g, Draft& d) { return take_boolean(g, d.disabled); }},
    {.word = "exporter",
     .variables = {"OTEL_METRICS_EXPORTER"},
     .take = [](const Given& g, Draft& d) { return choose(g, kExporters, d.exported); }},
    {.word = "endpoint",
     .variables = {"OTEL_EXPORTER_OTLP_ENDPOINT"},
     .value = "URL",
     .help = "Where to push, such as http://localhost:4318, or\n"
             "http://localhost:4317 for grpc; v1/metrics is\n"
             "appended for HTTP. Not set: nothing is pushed.",
     .is_secret = true,
     .take =
         [](const Given& g, Draft& d) {
           d.endpoint = g;
           return std::string();
         }},
    {.word = "metrics_endpoint",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"},
     .value = "URL",
     .help = "The same, but complete: nothing is appended.",
     .is_secret = true,
     .take = take_metrics_endpoint},
    {.word = "protocol",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"},
     .value = "http/protobuf|grpc",
     .standard = "http/protobuf",
     .help = "What the receiver speaks.",
     .take = [](const Given& g, Draft& d) { return choose(g, kProtocols, d.options.protocol); }},
    {.word = "insecure",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"},
     .bad_variable = OtlpBadVariable::is_false,
     .take = [](const Given& g, Draft& d) { return take_boolean(g, d.insecure); }},
    {.word = "compression",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"},
     .value = "gzip|none",
     .standard = "none",
     .help = "How requests are compressed.",
     .bad_variable = OtlpBadVariable::ignored,
     .take = [](const Given& g,
                Draft& d) { return choose(g, kCompressions, d.options.compression); }},
    {.word = "interval",
     .variables = {"OTEL_METRIC_EXPORT_INTERVAL"},
     .value = "DURATION",
     .standard = "60s",
     .help = "Time between two pushes.",
     .bad_variable = OtlpBadVariable::ignored,
     .take = [](const Given& g, Draft& d) { return take_duration(g, d.options.interval); }},
    {.word = "timeout",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"},
     .value = "DURATION",
     .standard = "10s",
     .help = "Time for one request.",
     .bad_variable = OtlpBadVariable::ignored,
     .take = [](const Given& g, Draft& d) { return take_duration(g, d.options.timeout); }},
    {.word = "export_timeout",
     .variables = {"OTEL_METRIC_EXPORT_TIMEOUT"},
     .value = "DURATION",
     .standard = "30s",
     .help = "Time for one push with all its retries.",
     .bad_variable = OtlpBadVariable::ignored,
     .take = [](const Given& g, Draft& d) { return take_duration(g, d.options.export_timeout); }},
    {.word = "temporality",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"},
     .value = "cumulative|delta|lowmemory",
     .standard = "cumulative",
     .help = "Whether totals are sent, or what came since the\n"
             "last push that was acknowledged (lowmemory: too).",
     .bad_variable = OtlpBadVariable::ignored,
     .take = [](const Given& g,
                Draft& d) { return choose(g, kTemporalities, d.options.temporality); }},
    {.word = "default_histogram_aggregation",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"},
     .bad_variable = OtlpBadVariable::ignored,
     .take = [](const Given& g,
                Draft& d) { return choose(g, kHistograms, d.options.mapping.histograms); }},
    {.word = "names",
     .value = "prometheus|otel",
     .standard = "prometheus",
     .help = "Names as on /metrics, or gRPC's own of\n"
             "OpenTelemetry where they mean the same.",
     .take = [](const Given& g, Draft& d) { return choose(g, kNames, d.options.mapping.names); }},
    {.word = "certificate",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"},
     .value = "FILE",
     .help = "PEM authorities that the receiver's certificate is\n"
             "checked against; not set: the system's.",
     .take = [](const Given& g, Draft& d) { return take_text(g, d.options.tls.authorities); }},
    {.word = "client_certificate",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE",
                   "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"},
     .value = "FILE",
     .help = "PEM certificate chain of this agent.",
     .take = [](const Given& g, Draft& d) { return take_text(g, d.options.tls.certificate); }},
    {.word = "client_key",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"},
     .value = "FILE",
     .help = "PEM key of that certificate.",
     .take = [](const Given& g, Draft& d) { return take_text(g, d.options.tls.key); }},
    {.word = "headers",
     .variables = {"OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"},
     .is_pairs = true,
     .is_secret = true,
     .take = take_headers},
    {.word = "bearer_token_file",
     .value = "FILE",
     .help = "File whose content is sent as the bearer token.\n"
             "Headers have no flag, since ps shows flags to\n"
             "everybody: use OTEL_EXPORTER_OTLP_HEADERS or\n"
             "otlp.headers in the file.",
     .take = [](const Given& g, Draft& d) { return take_text(g, d.options.bearer_token_file); }},
    {.word = "max_request_bytes",
     .value = "SIZE",
     .standard = "4MiB",
     .help = "Requests are split to stay below, uncompressed.",
     .take = [](const Given& g, Draft& d) { return take_size(g, d.options.max_request_bytes); }},
    {.word = "resource_attributes",
     .variables = {"OTEL_RESOURCE_ATTRIBUTES"},
     .is_pairs = true,
     .bad_variable = OtlpBadVariable::ignored,
     .take = take_attributes},
    {.word = "service_name", .variables = {"OTEL_SERVICE_NAME"}, .take = take_service_name},
};

}  // namespace

std::span<const OtlpSetting> otlp_table() noexcept {
  return kTable;
}

const OtlpSetting* find_otlp_setting(std::string_view word) noexcept {
  const auto* const found = std::ranges::find(kTable, word, &OtlpSetting::word);
  return found == std::end(kTable) ? nullptr : found;
}

std::string otlp_flag(const OtlpSetting& setting) {
  std::string flag = "--otlp.";
  flag.append(setting.word);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

}  // namespace shmx::config
