#include "agent/identity/readers.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/identity/dns_name.h"
#include "agent/identity/quoted.h"

namespace shmx::identity {
namespace {

/// A SPIFFE ID as it is; another URI might look like a name of another kind.
std::string uri_name(const std::string& uri) {
  return uri.starts_with("spiffe://") ? uri : "uri:" + uri;
}

/// How a rule, as a policy writes it, stands to a holder of its kind: the name that it knows it by,
/// or nothing. Where a holder cannot be of a rule's kind, no overload below says so: `kind` is
/// false.
struct Relation {
  bool kind = false;
  std::optional<std::string> name{};
};

template <typename Match, typename Who>
Relation relation(const Match& /*match*/, const Who& /*holder*/) {
  return {};
}

Relation relation(const ByUri& match, const x509::Names& names) {
  if (std::ranges::count(names.uris, match.uri) == 0) return {true};
  return {true, uri_name(match.uri)};
}

Relation relation(const ByDns& match, const x509::Names& names) {
  const auto same = [&](const std::string& name) { return same_dns_name(name, match.name); };
  if (std::ranges::none_of(names.dns, same)) return {true};
  return {true, "dns:" + match.name};
}

Relation relation(const ByCommonName& match, const x509::Names& names) {
  if (names.common_name.empty() || names.common_name != match.name) return {true};
  return {true, "cn:" + match.name};
}

Relation relation(const ByUser& match, const User& user) {
  if (user.name != match.name) return {true};
  return {true, name_of(user)};
}

Relation relation(const ByUid& match, const LocalUser& user) {
  if (user.uid != match.uid) return {true};
  return {true, name_of(user)};
}

Relation relation(const ByClaim& match, const Claims& claims) {
  if (claims.issuer != match.issuer) return {true};
  const auto texts = claims.texts.find(match.claim);
  if (texts == claims.texts.end() || std::ranges::count(texts->second, match.value) == 0) {
    return {true};
  }
  return {true, name_of(claims)};
}

std::string described(const ReaderMatch& match) {
  struct Visitor {
    std::string operator()(const ByUri& by) const { return "san_uri " + by.uri; }
    std::string operator()(const ByDns& by) const { return "san_dns " + by.name; }
    std::string operator()(const ByCommonName& by) const { return "common_name " + by.name; }
    std::string operator()(const ByUser& by) const { return "user " + by.name; }
    std::string operator()(const ByUid& by) const { return "uid " + std::to_string(by.uid); }
    std::string operator()(const ByClaim& by) const {
      return "claim " + by.claim + "=" + by.value + " of " + by.issuer;
    }
  };
  return std::visit(Visitor{}, match);
}

/// What the log shows of a holder: of claims, those that rules ask for.
std::string presented_text(const std::vector<ReaderRule>& rules, const Holder& holder) {
  if (const auto* names = std::get_if<x509::Names>(&holder)) {
    return "san_uri " + quoted_list(names->uris) + ", san_dns " + quoted_list(names->dns) +
           ", common_name " + in_quotes(names->common_name);
  }
  std::string text = in_quotes(name_of(holder));
  const auto* claims = std::get_if<Claims>(&holder);
  if (claims == nullptr) return text;
  std::vector<std::string> shown;
  for (const ReaderRule& rule : rules) {
    const auto* by = std::get_if<ByClaim>(&rule.match);
    if (by == nullptr || by->issuer != claims->issuer) continue;
    if (std::ranges::count(shown, by->claim) > 0) continue;
    shown.push_back(by->claim);
    const auto texts = claims->texts.find(by->claim);
    text += ", claim " + by->claim + " " +
            (texts == claims->texts.end() ? "none" : quoted_list(texts->second));
  }
  return text;
}

void join(model::Scope& to, const model::Scope& more) {
  to.everything = to.everything || more.everything;
  to.tenants.insert(to.tenants.end(), more.tenants.begin(), more.tenants.end());
}

void tidy(model::Scope& scope) {
  if (scope.everything) scope.tenants.clear();
  std::ranges::sort(scope.tenants);
  // clang 14 cannot read what std::ranges::unique returns.
  scope.tenants.erase(std::unique(scope.tenants.begin(), scope.tenants.end()), scope.tenants.end());
}

}  // namespace

Verdict reader_of(const std::vector<ReaderRule>& rules, const Holder& holder) {
  std::optional<Reader> reader;
  std::vector<std::string> of_kind;
  for (const ReaderRule& rule : rules) {
    Relation found =
        std::visit([](const auto& match, const auto& who) { return relation(match, who); },
                   rule.match, holder);
    if (found.kind) of_kind.push_back(described(rule.match));
    if (!found.name) continue;
    if (!reader) reader = Reader{std::move(*found.name), {.everything = false}};
    join(reader->scope, rule.scope);
  }
  if (!reader) {
    return Refusal{Refusal::Kind::forbidden, "no_rule",
                   "expected by readers: " + quoted_list(of_kind) + "; presented " +
                       presented_text(rules, holder)};
  }
  tidy(reader->scope);
  return *std::move(reader);
}

std::string name_of(const Holder& holder) {
  struct Visitor {
    std::string operator()(const x509::Names& names) const {
      if (!names.uris.empty()) return uri_name(names.uris.front());
      if (!names.dns.empty()) return "dns:" + names.dns.front();
      if (!names.common_name.empty()) return "cn:" + names.common_name;
      return "subject:" + names.subject;
    }
    std::string operator()(const User& user) const { return "user:" + user.name; }
    std::string operator()(const LocalUser& user) const {
      return "uid:" + std::to_string(user.uid);
    }
    std::string operator()(const Claims& claims) const {
      return "token:" + claims.issuer + "#" + claims.subject;
    }
  };
  return std::visit(Visitor{}, holder);
}

}  // namespace shmx::identity
