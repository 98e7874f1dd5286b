// See otlp_settings.h; what there is to set, otlp_table.cc says.
#include "agent/config/otlp_settings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/config/otlp_endpoint.h"
#include "agent/config/otlp_table.h"

namespace shmx::config {
namespace {

struct Sources {
  const Environment& environment;
  const Settings& file;
  const Flags& flags;
  std::string tenant{};  ///< empty: of the agent
};

// What the sources say of a setting, the one that wins first. Empty is as good as not set, as the
// standard wants it of variables.
std::vector<OtlpGiven> given_for(const OtlpSetting& setting, const Sources& sources) {
  std::vector<OtlpGiven> given;
  if (const auto flag = sources.flags.otlp.find(setting.word); flag != sources.flags.otlp.end()) {
    given.push_back({OtlpSource::flag, otlp_flag(setting), flag->second});
  }
  for (const std::string_view variable : setting.variables) {
    if (const auto set = sources.environment.find(variable); set != sources.environment.end()) {
      given.push_back({OtlpSource::environment, set->first, std::string(trimmed(set->second))});
    }
  }
  if (const auto key = sources.file.otlp.find(setting.word); key != sources.file.otlp.end()) {
    given.push_back({OtlpSource::file, key->second.place + ": " + key->first, key->second.text,
                     key->second.pairs});
  }
  std::erase_if(given, [](const OtlpGiven& g) { return g.text.empty() && g.pairs.empty(); });
  return given;
}

std::string take(const OtlpSetting& setting, OtlpGiven given, OtlpDraft& draft) {
  if (setting.is_pairs && given.source == OtlpSource::environment) {
    auto pairs = pairs_in(given.text);
    if (!pairs) {
      return "name=value,name2=value2 with other characters as %XX";
    }
    given.pairs = *std::move(pairs);
  }
  return setting.take(given, draft);
}

std::string sentence(const OtlpSetting& setting, const OtlpGiven& given,
                     const std::string& expected) {
  const bool is_shown = !setting.is_secret && !given.text.empty();
  return given.name + ": expected " + expected + (is_shown ? ", got " + given.text : "");
}

// Takes a setting from the first source whose value can be.
std::optional<Error> settle(const OtlpSetting& setting, const Sources& sources, OtlpDraft& draft,
                            std::vector<std::string>& warnings) {
  for (const OtlpGiven& given : given_for(setting, sources)) {
    const std::string expected = take(setting, given, draft);
    if (expected.empty()) {
      break;
    }
    const std::string problem = sentence(setting, given, expected);
    if (given.source != OtlpSource::environment || setting.bad_variable == OtlpBadVariable::error) {
      return Error{problem};
    }
    if (setting.bad_variable == OtlpBadVariable::is_false) {
      warnings.push_back(problem + ", which counts as false");
      break;
    }
    warnings.push_back(problem + ", which is ignored");
  }
  return std::nullopt;
}

bool is_off(const OtlpDraft& draft) {
  return draft.disabled || !draft.exported;
}

// Whether a variable turns off whatever the process would push. One that is wrong, otlp_settings()
// tells of.
bool is_off_by(const Environment& environment) {
  OtlpDraft draft;
  std::vector<std::string> told_already;
  for (const char* const word : {"disabled", "exporter"}) {
    (void)settle(*find_otlp_setting(word), {environment, Settings{}, Flags{}}, draft, told_already);
  }
  return is_off(draft);
}

// Somebody who sets something means to push; the variables may be meant for others.
void warn_of_no_endpoint(const Sources& sources, const OtlpDraft& draft,
                         std::vector<std::string>& warnings) {
  if (!sources.tenant.empty()) {
    warnings.push_back("OTLP push of tenant " + sources.tenant +
                       " is off, for it has no endpoint: set tenants." + sources.tenant +
                       ".otlp.endpoint");
    return;
  }
  if (sources.flags.otlp.empty() && sources.file.otlp.empty() &&
      !sources.environment.contains("OTEL_METRICS_EXPORTER")) {
    return;
  }
  const bool grpc = draft.options.protocol == push::Protocol::grpc;
  warnings.push_back(std::string("OTLP push is off, for it has no endpoint: set --otlp.endpoint, "
                                 "OTEL_EXPORTER_OTLP_ENDPOINT or otlp.endpoint, to ") +
                     (grpc ? "http://localhost:4317" : "http://localhost:4318") +
                     " for a collector on this host");
}

std::optional<Error> settle_endpoint(OtlpDraft& draft) {
  push::Options& options = draft.options;
  auto url =
      url_of_endpoint(draft.endpoint->text, {options.protocol, draft.per_signal, draft.insecure});
  if (!url) {
    return Error{draft.endpoint->name + ": expected " + url.error().message};
  }
  options.url = std::move(url).value();
  options.path_as_given = draft.per_signal && options.protocol == push::Protocol::http_protobuf;
  return std::nullopt;
}

// What is wrong with settings only together.
std::optional<Error> check(const push::Options& options, std::vector<std::string>& warnings) {
  const push::TlsFiles& tls = options.tls;
  if (tls.certificate.empty() != tls.key.empty()) {
    return Error{
        "OTLP push: expected client_certificate and client_key "
        "(OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY) both or "
        "neither"};
  }
  const bool authorized = std::ranges::any_of(
      options.headers, [](const push::Header& header) { return header.name == "authorization"; });
  if (authorized && !options.bearer_token_file.empty()) {
    return Error{"OTLP push: expected a header authorization or bearer_token_file, got both"};
  }
  if (options.url.starts_with("http:") && !(tls.authorities.empty() && tls.certificate.empty())) {
    warnings.emplace_back(
        "OTLP push has certificates, but its endpoint is without TLS: use https:// to encrypt");
  }
  return std::nullopt;
}

void name_host(const std::string& host, otlp::Options& mapping) {
  if (mapping.instance.empty()) {
    mapping.instance = host;
  }
  const bool named =
      std::ranges::find(mapping.resource, "host.name", &Label::name) != mapping.resource.end();
  if (!named && !host.empty()) {
    mapping.resource.push_back({"host.name", host});
  }
}

Result<OtlpSettings> settings_from(const Sources& sources, const std::string& host) {
  OtlpSettings settings;
  OtlpDraft draft;
  for (const OtlpSetting& setting : otlp_table()) {
    if (auto error = settle(setting, sources, draft, settings.warnings)) {
      return *std::move(error);
    }
    if (is_off(draft)) {
      return settings;  // What is off by name need not be right.
    }
  }
  if (!draft.endpoint) {
    warn_of_no_endpoint(sources, draft, settings.warnings);
    return settings;
  }
  if (auto error = settle_endpoint(draft)) {
    return *std::move(error);
  }
  if (auto error = check(draft.options, settings.warnings)) {
    return *std::move(error);
  }
  name_host(host, draft.options.mapping);
  draft.options.mapping.per_process_jobs = sources.file.per_process_jobs;
  settings.push = std::move(draft.options);
  return settings;
}

}  // namespace

Result<OtlpSettings> otlp_settings(const Environment& environment, const Settings& file,
                                   const Flags& flags, const std::string& host) {
  return settings_from({environment, file, flags}, host);
}

Result<std::map<std::string, OtlpSettings>> tenant_otlp_settings(const Environment& environment,
                                                                 const Settings& file,
                                                                 const std::string& host) {
  std::map<std::string, OtlpSettings> all;
  const Environment no_environment;
  const Flags no_flags;
  const bool is_off = is_off_by(environment);
  for (const auto& [tenant, values] : file.tenant_otlp) {
    if (is_off) {
      all.emplace(tenant, OtlpSettings{});
      continue;
    }
    Settings own;
    own.per_process_jobs = file.per_process_jobs;
    own.otlp = values;
    auto settings = settings_from({no_environment, own, no_flags, tenant}, host);
    if (!settings) {
      return Error{"tenant " + tenant + ": " + settings.error().message};
    }
    all.emplace(tenant, std::move(settings).value());
  }
  return all;
}

}  // namespace shmx::config
