#include "agent/identity/judge.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "agent/identity/basic_auth.h"
#include "agent/identity/bearer.h"
#include "agent/identity/client_certificates.h"
#include "agent/identity/passwords.h"
#include "agent/identity/quoted.h"
#include "agent/identity/readers.h"
#include "agent/identity/resources.h"

namespace shmx::identity {
namespace {

constexpr std::uint32_t kRoot = 0;

Refusal unauthenticated(std::string reason, std::string detail) {
  return {Refusal::Kind::unauthenticated, std::move(reason), std::move(detail)};
}

/// The header Authorization: a scheme, in lower case, and what follows it.
struct Authorization {
  std::string scheme;
  std::string credentials;
};

Authorization split(const std::string& header) {
  const std::size_t end = std::min(header.find(' '), header.size());
  const std::size_t begin = std::min(header.find_first_not_of(' ', end), header.size());
  std::string scheme = header.substr(0, end);
  std::ranges::transform(scheme, scheme.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return {std::move(scheme), header.substr(begin)};
}

/// Everybody who gets this far sees everything.
Reader sees_everything(const Holder& holder) {
  return {name_of(holder), model::Scope{}};
}

}  // namespace

class Judge::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Policy policy, ClientCertificates certificates, std::shared_ptr<Passwords> passwords,
       std::shared_ptr<const KeySets::Prepared> keys, Resources::Impl& resources)
      : policy_(std::move(policy)),
        certificates_(std::move(certificates)),
        passwords_(std::move(passwords)),
        keys_(std::move(keys)),
        resources_(resources),
        bearer_(std::make_shared<Bearer>(policy_.issuers, resources.key_sets,
                                         resources.hooks.now_unix_s)) {}

  void take_effect() { resources_.key_sets.use(*keys_); }
  void judge(const Presented& presented, const Receiver& receiver);
  std::vector<std::string> files() const;

 private:
  void judge_without_limits(const Presented& presented, const VerifiedChains::Names& names,
                            const Receiver& receiver);
  void judge_authorization(const std::string& header, const Receiver& receiver);
  Verdict verdict_on_peer(const Presented& presented, const VerifiedChains::Names& names) const;
  Verdict verdict_on_user(std::uint32_t uid) const;
  Verdict verdict_on_anybody() const;

  /// Whoever has the right password is told to `then`; a refusal to the receiver.
  void judge_basic(const std::string& credentials, const Receiver& receiver,
                   std::function<Verdict(const User&)> then);
  Verdict verdict_on_wrong(const BasicCredentials& presented) const;

  const Policy policy_;
  const ClientCertificates certificates_;
  const std::shared_ptr<Passwords> passwords_;
  const std::shared_ptr<const KeySets::Prepared> keys_;
  Resources::Impl& resources_;
  const std::shared_ptr<Bearer> bearer_;
};

void Judge::Impl::judge(const Presented& presented, const Receiver& receiver) {
  const auto names = certificates_.judge(presented, resources_.hooks.now_unix_s());
  if (!names) return receiver(names.error());
  if (!policy_.limits_readers()) return judge_without_limits(presented, names.value(), receiver);
  if (!presented.authorization.empty()) {
    return judge_authorization(presented.authorization, receiver);
  }
  receiver(verdict_on_peer(presented, names.value()));
}

void Judge::Impl::judge_without_limits(const Presented& presented,
                                       const VerifiedChains::Names& names,
                                       const Receiver& receiver) {
  if (presented.uid) return receiver(sees_everything(LocalUser{*presented.uid}));
  if (!passwords_->empty()) {
    const auto [scheme, credentials] = split(presented.authorization);
    if (scheme == "basic") return judge_basic(credentials, receiver, sees_everything);
    return receiver(scheme.empty()
                        ? unauthenticated("no_credentials",
                                          "nothing was presented: expected a user of "
                                          "basic_auth_users and its password")
                        : unauthenticated("scheme", "the scheme of Authorization is " +
                                                        in_quotes(scheme) + ", expected Basic"));
  }
  receiver(names ? sees_everything(*names) : Reader{"anonymous", model::Scope{}});
}

void Judge::Impl::judge_authorization(const std::string& header, const Receiver& receiver) {
  const auto [scheme, credentials] = split(header);
  if (scheme == "basic" && !passwords_->empty()) {
    return judge_basic(credentials, receiver, [self = shared_from_this()](const User& user) {
      return reader_of(self->policy_.readers, user);
    });
  }
  if (scheme == "bearer" && !policy_.issuers.empty()) {
    return bearer_->judge(credentials, [self = shared_from_this(), receiver](const auto& result) {
      const auto* claims = std::get_if<Claims>(&result);
      receiver(claims != nullptr ? reader_of(self->policy_.readers, *claims)
                                 : Verdict(std::get<Refusal>(result)));
    });
  }
  std::string expected = passwords_->empty() ? "" : "Basic";
  if (!policy_.issuers.empty()) expected += expected.empty() ? "Bearer" : " or Bearer";
  receiver(unauthenticated("scheme", "the scheme of Authorization is " + in_quotes(scheme) +
                                         ", expected " + (expected.empty() ? "none" : expected)));
}

void Judge::Impl::judge_basic(const std::string& credentials, const Receiver& receiver,
                              std::function<Verdict(const User&)> then) {
  auto presented = parse_basic(credentials);
  if (!presented) {
    return receiver(unauthenticated("basic_malformed",
                                    "expected base64 of a user, a colon and a password, without "
                                    "control characters"));
  }
  passwords_->check(presented->user, presented->password,
                    [self = shared_from_this(), receiver, then = std::move(then),
                     who = *presented](Passwords::Answer answer) {
                      switch (answer) {
                        case Passwords::Answer::right:
                          return receiver(then({who.user}));
                        case Passwords::Answer::wrong:
                          return receiver(self->verdict_on_wrong(who));
                        case Passwords::Answer::busy:
                          return receiver(Refusal{Refusal::Kind::busy, "passwords_busy",
                                                  "too many passwords wait to be checked"});
                      }
                    });
}

Verdict Judge::Impl::verdict_on_wrong(const BasicCredentials& presented) const {
  if (!passwords_->knows(presented.user)) {
    return unauthenticated("user_unknown",
                           "basic_auth_users has no user " + in_quotes(presented.user));
  }
  if (presented.password.size() > kMaxPasswordBytes) {
    return unauthenticated("password_too_long",
                           "the password of user " + in_quotes(presented.user) + " has " +
                               std::to_string(presented.password.size()) + " bytes: bcrypt reads " +
                               std::to_string(kMaxPasswordBytes));
  }
  return unauthenticated("password_wrong",
                         "the password of user " + in_quotes(presented.user) +
                             " is not the one that basic_auth_users has the hash of");
}

Verdict Judge::Impl::verdict_on_peer(const Presented& presented,
                                     const VerifiedChains::Names& names) const {
  if (names) return reader_of(policy_.readers, *names);
  if (presented.uid) return verdict_on_user(*presented.uid);
  return verdict_on_anybody();
}

Verdict Judge::Impl::verdict_on_user(std::uint32_t uid) const {
  const LocalUser user{uid};
  if (uid == kRoot || uid == resources_.hooks.own_uid) return sees_everything(user);
  Verdict verdict = reader_of(policy_.readers, user);
  if (std::holds_alternative<Refusal>(verdict) && policy_.anonymous) {
    return Reader{name_of(user), *policy_.anonymous};
  }
  return verdict;
}

Verdict Judge::Impl::verdict_on_anybody() const {
  if (policy_.anonymous) return Reader{"anonymous", *policy_.anonymous};
  return unauthenticated("no_credentials",
                         "nothing was presented that readers could know it by, and there is no "
                         "anonymous");
}

std::vector<std::string> Judge::Impl::files() const {
  std::vector<std::string> files;
  for (const Issuer& issuer : policy_.issuers) {
    if (issuer.keys.starts_with('/')) files.push_back(issuer.keys);
  }
  return files;
}

Resources::Resources(Hooks hooks) : impl_(std::make_shared<Impl>(std::move(hooks))) {}
Resources::~Resources() = default;

Judge::Judge(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Judge::~Judge() = default;

Result<std::shared_ptr<Judge>> Judge::make(const Policy& policy, const web::Config& config,
                                           Resources& resources) {
  auto certificates = ClientCertificates::make(config.tls);
  if (!certificates) return certificates.error();
  auto passwords = Passwords::make(config.users, resources.impl_->hasher);
  if (!passwords) return passwords.error();
  auto keys = resources.impl_->key_sets.prepare(policy.issuers);
  if (!keys) return keys.error();
  auto impl =
      std::make_shared<Impl>(policy, std::move(certificates).value(), std::move(passwords).value(),
                             std::move(keys).value(), *resources.impl_);
  return std::shared_ptr<Judge>(new Judge(std::move(impl)));
}

void Judge::take_effect() {
  impl_->take_effect();
}

void Judge::judge(const Presented& presented, const Receiver& receiver) {
  impl_->judge(presented, receiver);
}

std::vector<std::string> Judge::files() const {
  return impl_->files();
}

std::vector<std::string_view> Judge::reasons() {
  return {"tls_required",
          "certificate_missing",
          "certificate_san",
          "certificate_expired",
          "certificate_not_yet_valid",
          "certificate_authority",
          "certificate_purpose",
          "certificate_invalid",
          "no_credentials",
          "scheme",
          "basic_malformed",
          "user_unknown",
          "password_wrong",
          "password_too_long",
          "passwords_busy",
          "token_malformed",
          "token_algorithm",
          "token_key",
          "token_keys_missing",
          "token_signature",
          "token_issuer",
          "token_audience",
          "token_expired",
          "token_not_yet_valid",
          "no_rule"};
}

}  // namespace shmx::identity
