// The policy in the configuration file: who may see what, and whose tokens are accepted.
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "agent/config/otlp_endpoint.h"
#include "agent/config/settings_reading.h"
#include "agent/config/tenant_directories.h"

namespace shmx::config {
namespace {

/// Clocks that are further apart are to be set, not allowed for.
constexpr std::uint64_t kMostSkewMs = 300'000;
constexpr std::uint64_t kMsPerSecond = 1'000;

struct Match {
  const SettingsReading& all;
  std::vector<std::string_view> keys{};  ///< those of the match that are there
  std::optional<identity::ReaderMatch> match{};
  std::optional<identity::ByClaim> claim{};
  bool is_operator = false;
  std::optional<std::vector<std::string>> tenants{};
};

void set(Match& into, std::string_view key, identity::ReaderMatch match) {
  into.keys.push_back(key);
  into.match = std::move(match);
}

identity::ByClaim& claim_of(Match& into, std::string_view key) {
  into.keys.push_back(key);
  return into.claim ? *into.claim : into.claim.emplace();
}

// By number, or by the name that it has on this host. The last number means nobody (chown(2)).
std::uint32_t uid_in(const Entry& entry, const FindUser& find_user) {
  const std::string text = name_in(entry);
  std::uint32_t uid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
  if (error == std::errc() && end == text.data() + text.size() &&
      uid != std::numeric_limits<std::uint32_t>::max()) {
    return uid;
  }
  const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
  const auto known = is_number ? std::nullopt : find_user(text);
  if (!known) {
    throw Mistake{entry.mark(), "expected a user of this host or a uid for uid" + found(text)};
  }
  return *known;
}

std::vector<std::string> tenants_in(const Entry& list, const SettingsReading& all) {
  for (const Entry& entry : elements_of(list)) {
    const std::string name = name_in(entry);
    if (name != kDefaultTenant && !all.tenants.contains(name)) {
      throw Mistake{entry.mark(), "expected a tenant that is defined below tenants" + found(name)};
    }
  }
  std::vector<std::string> names = names_in(list);
  std::ranges::sort(names);
  return names;
}

constexpr Field<Match> kReaderFields[] = {
    {"san_uri", [](const Entry& entry,
                   Match& match) { set(match, "san_uri", identity::ByUri{name_in(entry)}); }},
    {"san_dns", [](const Entry& entry,
                   Match& match) { set(match, "san_dns", identity::ByDns{name_in(entry)}); }},
    {"common_name",
     [](const Entry& entry, Match& match) {
       set(match, "common_name", identity::ByCommonName{name_in(entry)});
     }},
    {"user", [](const Entry& entry,
                Match& match) { set(match, "user", identity::ByUser{name_in(entry)}); }},
    {"uid",
     [](const Entry& entry, Match& match) {
       set(match, "uid", identity::ByUid{uid_in(entry, match.all.find_user)});
     }},
    {"issuer",
     [](const Entry& entry, Match& match) {
       const auto& issuers = match.all.settings.policy.issuers;
       claim_of(match, "issuer").issuer = name_in(entry);
       if (std::ranges::find(issuers, match.claim->issuer, &identity::Issuer::issuer) ==
           issuers.end()) {
         throw Mistake{entry.mark(), "expected an issuer that is defined below issuers" +
                                         found(match.claim->issuer)};
       }
     }},
    {"claim",
     [](const Entry& entry, Match& match) { claim_of(match, "claim").claim = name_in(entry); }},
    {"value",
     [](const Entry& entry, Match& match) { claim_of(match, "value").value = name_in(entry); }},
    {"operator", [](const Entry& entry, Match& match) { match.is_operator = boolean_in(entry); }},
    {"tenants",
     [](const Entry& entry, Match& match) { match.tenants = tenants_in(entry, match.all); }},
};

// Exactly one way to tell who it is; a claim is three keys.
identity::ReaderMatch one_match(const Entry& reader, const Match& match) {
  constexpr std::size_t kClaimKeys = 3;
  if (match.claim ? match.keys.size() == kClaimKeys && !match.match : match.keys.size() == 1) {
    return match.claim ? identity::ReaderMatch(*match.claim) : *match.match;
  }
  throw Mistake{
      reader.mark(),
      "expected one of san_uri, san_dns, common_name, user, uid, or issuer with claim and "
      "value, found " +
          (match.keys.empty() ? "none" : one_of(match.keys) + " alone or together")};
}

model::Scope scope_in(const Entry& reader, const Match& match) {
  if (match.is_operator == match.tenants.has_value()) {
    throw Mistake{reader.mark(), "expected either operator: true or tenants"};
  }
  return {match.is_operator, match.tenants.value_or(std::vector<std::string>())};
}

constexpr Field<Match> kAnonymousFields[] = {
    {"operator", [](const Entry& entry, Match& match) { match.is_operator = boolean_in(entry); }},
    {"tenants",
     [](const Entry& entry, Match& match) { match.tenants = tenants_in(entry, match.all); }},
};

// What can be asked for as it is: keys that came without TLS would be anybody's.
bool is_https_url(std::string_view text) {
  return text.starts_with("https://") &&
         url_of_endpoint(text, {push::Protocol::http_protobuf, true}).ok();
}

struct IssuerReading {
  SettingsReading& all;
  identity::Issuer issuer{};
};

constexpr Field<IssuerReading> kIssuerFields[] = {
    {"issuer",
     [](const Entry& entry, IssuerReading& reading) { reading.issuer.issuer = name_in(entry); }},
    {"audience",
     [](const Entry& entry, IssuerReading& reading) { reading.issuer.audience = name_in(entry); }},
    {"keys",
     [](const Entry& entry, IssuerReading& reading) {
       std::string& keys = reading.issuer.keys;
       keys = name_in(entry);
       if (keys.starts_with('/')) {
         reading.all.names_file(entry, keys, NamedFile::Kind::key_set);
       } else if (!is_https_url(keys)) {
         throw Mistake{entry.mark(),
                       "expected a path that begins with / or an https:// URL for keys"};
       }
     }},
    {"authorities",
     [](const Entry& entry, IssuerReading& reading) {
       if (!is_https_url(reading.issuer.keys)) {
         throw Mistake{entry.key_mark, "expected authorities only where keys is an https:// URL"};
       }
       reading.issuer.authorities = absolute_path_in(entry);
       reading.all.names_file(entry, reading.issuer.authorities, NamedFile::Kind::authorities);
     }},
    {"clock_skew",
     [](const Entry& entry, IssuerReading& reading) {
       reading.issuer.clock_skew = std::chrono::seconds(
           number_in(entry, kDurationUnits, 0, kMostSkewMs, "0s to 300s") / kMsPerSecond);
     }},
};

}  // namespace

void read_issuers(const Entry& issuers, SettingsReading& reading) {
  auto& known = reading.settings.policy.issuers;
  for (const Entry& entry : elements_of(issuers)) {
    IssuerReading one{reading};
    read_fields(entry, "settings of an issuer", kIssuerFields, one);
    if (one.issuer.issuer.empty() || one.issuer.audience.empty() || one.issuer.keys.empty()) {
      throw Mistake{entry.mark(), "expected issuer, audience and keys"};
    }
    if (std::ranges::find(known, one.issuer.issuer, &identity::Issuer::issuer) != known.end()) {
      throw Mistake{entry.mark(),
                    "expected each issuer once" + found(one.issuer.issuer) + " again"};
    }
    known.push_back(std::move(one.issuer));
  }
}

void read_readers(const Entry& readers, SettingsReading& reading) {
  for (const Entry& entry : elements_of(readers)) {
    Match match{reading};
    read_fields(entry, "settings of a reader", kReaderFields, match);
    if (match.tenants && match.tenants->empty()) {
      throw Mistake{entry.mark(), "expected at least one tenant for a reader"};
    }
    reading.settings.policy.readers.push_back({one_match(entry, match), scope_in(entry, match)});
  }
}

void read_anonymous(const Entry& anonymous, SettingsReading& reading) {
  Match match{reading};
  read_fields(anonymous, "what readers without credentials see", kAnonymousFields, match);
  reading.settings.policy.anonymous = scope_in(anonymous, match);
}

}  // namespace shmx::config
