#include "agent/main/access.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/audit/digest.h"
#include "agent/config/start_only.h"
#include "agent/config/web_config.h"
#include "agent/files/stamp.h"
#include "agent/identity/authorities.h"
#include "agent/x509/names.h"

namespace shmx {
namespace {

/// A file that was missing may come without any other being changed; so what is broken is tried
/// again, but not for each of a thousand requests.
constexpr std::int64_t kRetryNs = 1'000'000'000;

std::vector<std::string> given(std::vector<std::string> paths) {
  std::erase(paths, std::string());
  std::ranges::sort(paths);
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

void add_certificates(const web::Pem& pem, std::vector<CertificateInUse>& found) {
  const auto all = x509::names_of_pem(pem.text);
  if (!all) {
    return;  // Whoever uses it has said so.
  }
  for (const x509::Names& names : all.value()) {
    found.push_back({pem.file, names.subject, names.not_after_unix_s});
  }
}

void add_certificate_file(const std::string& path, std::vector<CertificateInUse>& found) {
  if (auto text = files::read_small_file(path)) {
    add_certificates({std::move(text).value(), path}, found);
  }
}

/// Of all files that belong to the configuration, in their order; what cannot be read is as empty.
std::string digest_of(const std::vector<std::string>& paths) {
  std::string bytes;
  for (const std::string& path : paths) {
    bytes.append(path).push_back('\0');
    if (const auto text = files::read_small_file(path)) {
      bytes.append(audit::hex(audit::sha256(text.value())));
    }
    bytes.push_back('\0');
  }
  return audit::hex(audit::sha256(bytes));
}

}  // namespace

Access::Access(AccessFiles files, AccessHooks hooks)
    : files_(std::move(files)),
      hooks_(std::move(hooks)),
      watched_({}, 0),
      resources_({[now = hooks_.now_unix_ns] { return now() / 1'000'000'000; }, hooks_.warn,
                  hooks_.own_uid}) {}

Result<std::unique_ptr<Access>> Access::open(AccessFiles files, AccessHooks hooks) {
  std::unique_ptr<Access> access(new Access(std::move(files), std::move(hooks)));
  const std::lock_guard lock(access->mutex_);
  if (auto replaced = access->replace(); !replaced) {
    return replaced.error();
  }
  return access;
}

Result<bool> Access::watch_certificates(std::vector<std::string> paths) {
  const std::lock_guard lock(mutex_);
  certificate_files_ = std::move(paths);
  return replace();
}

std::shared_ptr<const InForce> Access::refresh() {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = hooks_.now_unix_ns();
  const bool again = !problem_.empty() && now - tried_unix_ns_ >= kRetryNs;
  if (watched_.changed(now) || again) {
    (void)replace_and_tell(false);
  }
  return in_force_;
}

std::shared_ptr<const InForce> Access::in_force() const {
  const std::lock_guard lock(mutex_);
  return in_force_;
}

Result<bool> Access::reload() {
  const std::lock_guard lock(mutex_);
  return replace_and_tell(true);
}

/// With the mutex held. Whoever asked is told in any case; else what is news: not the same problem,
/// and not the same files, which are read twice (see files::Watched).
Result<bool> Access::replace_and_tell(bool asked) {
  const std::string digest = in_force_->digest;
  auto replaced = replace();
  const std::string problem = replaced ? std::string() : replaced.error().message;
  if (asked || problem != problem_ || in_force_->digest != digest) {
    hooks_.on_reload(*in_force_, problem);
  }
  problem_ = problem;
  return replaced;
}

/// With the mutex held.
Result<bool> Access::replace() {
  tried_unix_ns_ = hooks_.now_unix_ns();
  // Stamps are taken before the files are read: a change meanwhile is seen the next time.
  files::Watched watched(
      in_force_ ? files_of(*in_force_) : given({files_.config, files_.web_config}), tried_unix_ns_);
  auto made = read();
  if (made) {
    // It names other files than before: stamps of these, too, are taken before they are read.
    if (auto files = files_of(*made.value()); files != watched.paths()) {
      watched = files::Watched(std::move(files), tried_unix_ns_);
      made = read();
    }
  }
  if (made && in_force_) {
    if (auto problem = problem_of_change(*in_force_, *made.value())) {
      made = *std::move(problem);
    }
  }
  watched_ = std::move(watched);
  if (!made) {
    return made.error();
  }
  in_force_ = std::move(made).value();
  in_force_->judge->take_effect();
  return true;
}

std::optional<Error> Access::problem_of_change(const InForce& before, const InForce& after) const {
  if (auto change = config::start_only_change(before.settings, after.settings)) {
    return Error{files_.config + ": " + change->message};
  }
  if (auto change = config::start_only_change(before.web, after.web)) {
    return Error{files_.web_config + ": " + change->message};
  }
  return {};
}

std::vector<std::string> Access::files_of(const InForce& in_force) const {
  std::vector<std::string> paths = in_force.web.files;
  const auto add = [&](const std::vector<std::string>& more) {
    paths.insert(paths.end(), more.begin(), more.end());
  };
  add({files_.config, files_.web_config});
  for (const config::NamedFile& file : in_force.settings.files) {
    paths.push_back(file.path);
  }
  add(certificate_files_);
  add(in_force.judge->files());
  return given(std::move(paths));
}

Result<std::shared_ptr<const InForce>> Access::read() const {
  auto made = std::make_shared<InForce>();
  if (!files_.config.empty()) {
    auto settings = config::load_settings(files_.config);
    if (!settings) {
      return settings.error();
    }
    made->settings = std::move(settings).value();
  }
  if (!files_.web_config.empty()) {
    auto web = config::load_web_config(files_.web_config);
    if (!web) {
      return web.error();
    }
    made->web = std::move(web).value();
  }
  const identity::Policy& policy = made->settings.policy;
  if (auto problem = hooks_.check(policy, files_.web_config.empty() ? nullptr : &made->web)) {
    return *std::move(problem);
  }
  auto front = web::make_front(made->web);
  if (!front) {
    return front.error();
  }
  made->front = std::move(front).value();
  auto judge = identity::Judge::make(policy, made->web, resources_);
  if (!judge) {
    return judge.error();
  }
  made->judge = std::move(judge).value();
  if (made->web.tls) {
    add_certificates(made->web.tls->certificate, made->certificates);
    add_certificates(made->web.tls->client_authorities, made->certificates);
  }
  for (const std::string& path : certificate_files_) {
    add_certificate_file(path, made->certificates);
  }
  if (!policy.service_authorities.empty()) {
    auto text = files::read_small_file(policy.service_authorities);
    if (!text) {
      return Error{"service_identities: " + text.error().message, text.error().code};
    }
    if (auto parsed = identity::Authorities::of_pem(text.value()); !parsed) {
      return Error{"service_identities: " + policy.service_authorities + ": " +
                   parsed.error().message};
    }
    made->service_authorities = std::move(text).value();
    add_certificates({made->service_authorities, policy.service_authorities}, made->certificates);
  }
  made->digest = digest_of(files_of(*made));
  return std::shared_ptr<const InForce>(std::move(made));
}

void Access::judge(const std::string& door, const identity::Presented& presented,
                   identity::Judge::Receiver receiver) {
  const auto in_force = refresh();
  in_force->judge->judge(presented,
                         [this, in_force, door, presented,
                          receiver = std::move(receiver)](const identity::Verdict& verdict) {
                           if (const auto* refusal = std::get_if<identity::Refusal>(&verdict)) {
                             hooks_.on_refusal(door, presented, *refusal);
                           }
                           receiver(verdict);
                         });
}

}  // namespace shmx
