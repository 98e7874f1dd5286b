#include "tests/agent/identity/judging.h"

#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace shmx::testing {
namespace {

using identity::Judge;
using identity::Presented;
using identity::Reader;
using identity::Refusal;
using identity::Verdict;

constexpr std::chrono::seconds kDeadline{60};

std::string code_of(Refusal::Kind kind) {
  switch (kind) {
    case Refusal::Kind::unauthenticated:
      return "401";
    case Refusal::Kind::forbidden:
      return "403";
    case Refusal::Kind::busy:
      return "503";
  }
  return "none";
}

/// A refusal that a metric's label or the log could not tell is a failure, wherever it is met.
std::string text_of(const Refusal& refusal) {
  const auto known = Judge::reasons();
  if (std::ranges::find(known, refusal.reason) == known.end()) return "unknown " + refusal.reason;
  if (refusal.detail.empty()) return "without detail: " + refusal.reason;
  return code_of(refusal.kind) + " " + refusal.reason;
}

}  // namespace

void Judging::use(const identity::Policy& policy, const web::Config& config) {
  if (const auto problem = problem_of(policy, config); !problem.empty()) {
    throw std::runtime_error(problem);
  }
}

std::string Judging::problem_of(const identity::Policy& policy, const web::Config& config) {
  auto made = Judge::make(policy, config, resources_);
  if (!made) return made.error().message;
  judge_ = std::move(made).value();
  judge_->take_effect();
  return {};
}

std::future<Verdict> Judging::ask(const Presented& presented) {
  auto told = std::make_shared<std::promise<Verdict>>();
  judge_->judge(presented, [told](const Verdict& verdict) { told->set_value(verdict); });
  return told->get_future();
}

std::string Judging::outcome(const Presented& presented) {
  auto asked = ask(presented);
  if (asked.wait_for(kDeadline) != std::future_status::ready) return "nothing";
  const Verdict verdict = asked.get();
  if (const auto* refusal = std::get_if<Refusal>(&verdict)) {
    detail_ = refusal->detail;
    return text_of(*refusal);
  }
  const Reader& reader = std::get<Reader>(verdict);
  std::string text = reader.name + " sees ";
  if (reader.scope.everything) return text + "everything";
  for (const std::string& tenant : reader.scope.tenants) {
    text += tenant + (tenant == reader.scope.tenants.back() ? "" : ",");
  }
  return text;
}

Presented with_header(const std::string& authorization) {
  Presented presented;
  presented.authorization = authorization;
  return presented;
}

Presented with_password(const std::string& user, const std::string& password) {
  const std::string text = user + ":" + password;
  std::string base64(text.size() * 2 + 4, '\0');
  base64.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(base64.data()),
      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()))));
  return with_header("Basic " + base64);
}

Presented with_uid(std::uint32_t uid) {
  Presented presented;
  presented.uid = uid;
  return presented;
}

Presented with_chain(x509::Chain chain) {
  Presented presented;
  presented.tls = true;
  presented.chain = std::make_shared<const x509::Chain>(std::move(chain));
  return presented;
}

model::Scope only(std::vector<std::string> tenants) {
  return {.everything = false, .tenants = std::move(tenants)};
}

}  // namespace shmx::testing
