#include "agent/main/pushes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/main/host.h"

namespace shmx {

Result<Pushes> pushes_of(const config::Flags& flags, const config::Settings& settings,
                         const config::Environment& environment) {
  Pushes pushes;
  const auto add = [&](const std::string& tenant, config::OtlpSettings found) {
    std::ranges::move(found.warnings, std::back_inserter(pushes.warnings));
    if (found.push) {
      pushes.pushes.push_back({tenant, std::move(*found.push)});
    }
  };
  auto of_all = config::otlp_settings(environment, settings, flags, host_name());
  if (!of_all) {
    return of_all.error();
  }
  add("", std::move(of_all).value());
  auto of_tenants = config::tenant_otlp_settings(environment, settings, host_name());
  if (!of_tenants) {
    return of_tenants.error();
  }
  for (auto& [tenant, found] : of_tenants.value()) {
    add(tenant, std::move(found));
  }
  return pushes;
}

std::vector<std::string> certificate_files_of(const std::vector<Push>& pushes) {
  std::vector<std::string> files;
  for (const Push& push : pushes) {
    files.push_back(push.options.tls.authorities);
    files.push_back(push.options.tls.certificate);
  }
  std::erase(files, std::string());
  return files;
}

std::optional<feed::Options> feed_options_of(const config::Flags& flags, Access& access) {
  if (flags.feed_listen_address.empty()) {
    return {};
  }
  feed::Options options;
  options.listen_address = flags.feed_listen_address;
  options.tls = [&access]() -> std::shared_ptr<const web::TlsSettings> {
    const auto now = access.refresh();
    return now->web.tls ? std::shared_ptr<const web::TlsSettings>(now, &*now->web.tls) : nullptr;
  };
  const auto in_force = access.in_force();
  options.socket_for_all_users = in_force->settings.policy.limits_readers();
  options.max_subscribers = flags.feed_max_subscribers;
  options.mapping.instance = host_name();
  options.mapping.resource = {{"host.name", options.mapping.instance}};
  options.mapping.per_process_jobs = in_force->settings.per_process_jobs;
  return options;
}

}  // namespace shmx
