// See config_check.h.
#include "agent/config/config_check.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <optional>
#include <utility>

#include "agent/config/cross_checks.h"
#include "agent/config/pem.h"
#include "agent/config/settings.h"
#include "agent/config/web_config.h"
#include "agent/files/stamp.h"
#include "agent/x509/names.h"

namespace shmx::config {
namespace {

/// As long as most issuers give to renew a certificate (ACME clients begin 30 days before).
constexpr std::int64_t kSoonS = std::int64_t{14} * 86'400;

std::string utc(std::int64_t unix_s) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_s)));
}

class Checker {
 public:
  explicit Checker(std::int64_t now_unix_s) : now_unix_s_(now_unix_s) {}

  std::optional<web::Config> web_config(const std::string& path) {
    auto loaded = load_web_config(path);
    if (!loaded) {
      report.problems.push_back(loaded.error().message);
      return std::nullopt;
    }
    for (const std::string& file : loaded.value().files) {
      fine(file);
    }
    if (const auto& tls = loaded.value().tls) {
      times(tls->certificate.file.empty() ? path + ": cert" : tls->certificate.file,
            tls->certificate.text);
      times(tls->client_authorities.file.empty() ? path + ": client_ca"
                                                 : tls->client_authorities.file,
            tls->client_authorities.text);
    }
    return std::move(loaded).value();
  }

  std::optional<Settings> settings(const std::string& path, const JudgeKeySet& judge_key_set) {
    auto loaded = load_settings(path);
    if (!loaded) {
      report.problems.push_back(loaded.error().message);
      return std::nullopt;
    }
    fine(path);
    for (const NamedFile& file : loaded.value().files) {
      named(file, judge_key_set);
    }
    return std::move(loaded).value();
  }

  void push(const std::string& whose, const OtlpSettings& otlp) {
    for (const std::string& warning : otlp.warnings) {
      report.warnings.push_back(warning);
    }
    if (!otlp.push) {
      return;
    }
    const push::TlsFiles& tls = otlp.push->tls;
    file(whose + ": certificate", tls.authorities, problem_of_certificates);
    const auto chain =
        file(whose + ": client_certificate", tls.certificate, problem_of_certificates);
    const auto key = file(whose + ": client_key", tls.key, problem_of_key);
    if (chain && key) {
      problem(whose + ": client_key " + tls.key, problem_of_pair(*chain, *key));
    }
    file(whose + ": bearer_token_file", otlp.push->bearer_token_file, nullptr);
  }

  void problem(const Error& error) { report.problems.push_back(error.message); }

  CheckReport report;

 private:
  using Judge = std::optional<std::string> (*)(std::string_view);

  void fine(const std::string& path) { report.fine.push_back(path); }

  void problem(const std::string& what, const std::optional<std::string>& expected) {
    if (expected) {
      report.problems.push_back(what + ": expected " + *expected);
    }
  }

  void named(const NamedFile& named, const JudgeKeySet& judge_key_set) {
    switch (named.kind) {
      case NamedFile::Kind::authorities:
        if (const auto pem = file(named.place, named.path, problem_of_certificates)) {
          times(named.path, *pem);
        }
        break;
      case NamedFile::Kind::key_set:
        key_set(named, judge_key_set);
        break;
      case NamedFile::Kind::audit_key:
        audit_key(named);
        break;
    }
  }

  /// The agent does not start with a key that every user may read (agent/audit/key.cc).
  void audit_key(const NamedFile& named) {
    if (const auto problem = files::problem_of_secret(named.path)) {
      report.problems.push_back(named.place + " " + problem->message);
      return;
    }
    file(named.place, named.path, problem_of_signing_key);
  }

  void key_set(const NamedFile& named, const JudgeKeySet& judge) {
    const auto text = read(named.place, named.path);
    if (!text) {
      return;
    }
    const auto left_out = judge(*text);
    if (!left_out) {
      report.problems.push_back(named.place + " " + named.path + ": " + left_out.error().message);
      return;
    }
    fine(named.path);
    for (const std::string& key : left_out.value()) {
      report.warnings.push_back(named.path + ": " + key);
    }
  }

  std::optional<std::string> read(const std::string& what, const std::string& path) {
    auto text = files::read_small_file(path);
    if (!text) {
      report.problems.push_back(what + ": cannot " + text.error().message);
      return std::nullopt;
    }
    return std::move(text).value();
  }

  /// Its text, if there is such a file and it is what it should be.
  std::optional<std::string> file(const std::string& what, const std::string& path, Judge judge) {
    if (path.empty()) {
      return std::nullopt;
    }
    auto text = read(what, path);
    const auto expected = text && judge != nullptr ? judge(*text) : std::nullopt;
    if (expected) {
      problem(what + " " + path, expected);
      return std::nullopt;
    }
    if (text) {
      fine(path);
    }
    return text;
  }

  void times(const std::string& where, const std::string& pem) {
    const auto certificates = x509::names_of_pem(pem);
    if (!certificates) {
      return;  // There are none, or the problem was told.
    }
    for (const x509::Names& one : certificates.value()) {
      const std::string which = where + ": certificate " + one.subject;
      if (one.not_after_unix_s < now_unix_s_) {
        report.warnings.push_back(which + " expired at " + utc(one.not_after_unix_s));
      } else if (one.not_after_unix_s < now_unix_s_ + kSoonS) {
        report.warnings.push_back(which + " expires soon, at " + utc(one.not_after_unix_s));
      }
      if (one.not_before_unix_s > now_unix_s_) {
        report.warnings.push_back(which + " is not valid before " + utc(one.not_before_unix_s));
      }
    }
  }

  std::int64_t now_unix_s_;
};

void check_pushes(Checker& checker, const Settings& settings, const Flags& flags,
                  const Environment& environment) {
  const auto push = otlp_settings(environment, settings, flags, {});
  const auto tenants = tenant_otlp_settings(environment, settings, {});
  if (push) {
    checker.push("OTLP push", push.value());
  } else {
    checker.problem(push.error());
  }
  if (!tenants) {
    checker.problem(tenants.error());
    return;
  }
  for (const auto& [tenant, own] : tenants.value()) {
    checker.push("OTLP push of tenant " + tenant, own);
  }
}

bool write_lines(std::FILE* stream, const std::string& before,
                 const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    std::fputs((before + line + "\n").c_str(), stream);
  }
  return std::fflush(stream) == 0 && std::ferror(stream) == 0;
}

}  // namespace

CheckReport check_web_config(const std::string& path, std::int64_t now_unix_s) {
  Checker checker(now_unix_s);
  checker.web_config(path);
  return std::move(checker.report);
}

CheckReport check_configuration(const Flags& flags, const Environment& environment,
                                std::int64_t now_unix_s, const JudgeKeySet& judge_key_set) {
  Checker checker(now_unix_s);
  const std::optional<Settings> settings =
      flags.config_file.empty() ? Settings() : checker.settings(flags.config_file, judge_key_set);
  const std::optional<web::Config> web =
      flags.web_config_file.empty() ? std::nullopt : checker.web_config(flags.web_config_file);
  if (settings) {
    check_pushes(checker, *settings, flags, environment);
  }
  // Without one of the two, what is missing would be told as wrong.
  if (settings && (web || flags.web_config_file.empty())) {
    for (const Error& error : problems_together(settings->policy, web ? &*web : nullptr, flags)) {
      checker.problem(error);
    }
  }
  return std::move(checker.report);
}

int print_report(const CheckReport& report, const std::string& program) {
  bool written = write_lines(stdout, "OK ", report.fine);
  written = write_lines(stdout, "warning: ", report.warnings) && written;
  written = write_lines(stderr, program + ": error: ", report.problems) && written;
  return written && report.problems.empty() ? 0 : 1;
}

}  // namespace shmx::config
