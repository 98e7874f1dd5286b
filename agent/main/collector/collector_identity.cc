// Whether the live processes of a job present the certificate that the policy expects of it. What
// they publish is a claim: a process can show another's chain, for it is public. It finds what is
// misconfigured, and proves nothing of who it is.
#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

#include "agent/main/collector/collector_impl.h"

namespace shmx {
namespace {

/// Chains judged in one go: some 0.3 ms each, during which no page is made. The others' turn is at
/// the next occasion.
constexpr std::size_t kJudgedAtOnce = 256;

/// Latest, for authorities end, too.
constexpr std::int64_t kJudgedAgainAfterS = 3'600;

/// Occasions that the log has told of; when these are too many, it tells of them anew.
constexpr std::size_t kMaxToldMismatches = 1'000;

std::int64_t unix_seconds(Collector::Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.wall.time_since_epoch()).count();
}

/// When a certificate of the chain begins to be valid, or ends, after now.
std::int64_t next_change(std::string_view pem, std::int64_t now) {
  std::int64_t next = now + kJudgedAgainAfterS;
  const auto all = x509::names_of_pem(pem);
  if (!all) {
    return next;
  }
  for (const x509::Names& names : all.value()) {
    for (const std::int64_t change : {names.not_before_unix_s, names.not_after_unix_s + 1}) {
      next = change > now ? std::min(next, change) : next;
    }
  }
  return next;
}

}  // namespace

Result<bool> Collector::Impl::use_service_identities(
    std::map<std::string, identity::ServiceIdentity> by_job, const std::string& authorities_pem,
    Time now) {
  std::optional<identity::Authorities> authorities;
  if (!authorities_pem.empty()) {
    auto parsed = identity::Authorities::of_pem(authorities_pem);
    if (!parsed) {
      return Error{"the authorities of service_identities: " + parsed.error().message};
    }
    authorities = std::move(parsed).value();
  }
  expected_identities_ = std::move(by_job);
  service_authorities_ = std::move(authorities);
  told_mismatches_.clear();
  to_judge_.clear();
  for (auto& [id, live] : live_) {
    live.presented.mismatch.reset();
    judge_soon(id, live);
  }
  judge_waiting(now);
  return true;
}

bool Collector::Impl::expects_identity(const Live& live) const {
  return expected_identities_.contains(live.content.claims().service);
}

void Collector::Impl::judge_soon(scan::FileId id, const Live& live) {
  if (expects_identity(live)) {
    to_judge_.insert(id);
  }
}

/// Those whose turn has come, as many as it bears.
void Collector::Impl::judge_waiting(Time now) {
  for (std::size_t i = 0; i < kJudgedAtOnce && !to_judge_.empty(); ++i) {
    const scan::FileId id = *to_judge_.begin();
    to_judge_.erase(to_judge_.begin());
    if (const auto found = live_.find(id); found != live_.end()) {
      judge(found->second, now);
    }
  }
}

/// A process that lived between two scans is told of, too.
void Collector::Impl::judge_last(scan::FileId id, Live& live, Time now) {
  const bool waiting = to_judge_.erase(id) != 0;
  if (expects_identity(live) &&
      (waiting || live.content.certificates() != live.presented.certificates)) {
    judge(live, now);
  }
}

void Collector::Impl::judge_what_time_changed(Time now) {
  if (expected_identities_.empty()) {
    return;
  }
  for (const auto& [id, live] : live_) {
    if (live.presented.again_unix_s <= unix_seconds(now)) {
      judge_soon(id, live);
    }
  }
  judge_waiting(now);
}

void Collector::Impl::judge(Live& live, Time now) {
  const std::int64_t now_unix_s = unix_seconds(now);
  Presented judged{live.content.certificates(), std::nullopt, 0};
  const std::string_view pem = judged.certificates ? *judged.certificates : std::string_view();
  judged.mismatch =
      identity::mismatch_of(expected_identities_.at(live.content.claims().service), pem,
                            service_authorities_ ? &*service_authorities_ : nullptr, now_unix_s);
  judged.again_unix_s =
      pem.empty() ? std::numeric_limits<std::int64_t>::max() : next_change(pem, now_unix_s);
  const Presented before = std::exchange(live.presented, std::move(judged));
  const bool known = before.mismatch && live.presented.mismatch &&
                     before.mismatch->reason == live.presented.mismatch->reason &&
                     before.certificates == live.presented.certificates;
  if (live.presented.mismatch && !known) {
    tell_mismatch(live);
  }
}

/// The log is told once per tenant, job, reason and what is presented; the audit of every process.
void Collector::Impl::tell_mismatch(const Live& live) {
  const SegmentClaims& claims = live.content.claims();
  const identity::IdentityMismatch& mismatch = *live.presented.mismatch;
  const std::size_t presented =
      live.presented.certificates ? std::hash<std::string>()(*live.presented.certificates) : 0;
  if (told_mismatches_.size() >= kMaxToldMismatches) {
    told_mismatches_.clear();
  }
  const std::string occasion = std::string(tenants_.name_of(live.file->place)) + '\n' +
                               claims.service + '\n' + mismatch.reason + '\n' +
                               std::to_string(presented);
  if (told_mismatches_.insert(occasion).second) {
    warn("job " + claims.service + ": process " + std::to_string(claims.pid) + " of user " +
         std::to_string(live.file->identity.owner) + " does not present what is expected (" +
         mismatch.reason + "): " + mismatch.detail);
  }
  tell(SegmentEvent::What::identity_mismatch, *live.file, claims, mismatch.reason, {},
       mismatch.detail);
}

void Collector::Impl::report_identities(aggregate::Statistics& statistics) const {
  std::map<std::array<std::string, 3>, std::uint64_t> processes;
  for (const auto& [id, live] : live_) {
    if (const auto& mismatch = live.presented.mismatch) {
      ++processes[{std::string(tenants_.name_of(live.file->place)), live.content.claims().service,
                   mismatch->reason}];
    }
  }
  for (const auto& [key, count] : processes) {
    const auto& [tenant, job, reason] = key;
    statistics.identity_mismatches.push_back({tenant, job, reason, count});
  }
}

}  // namespace shmx
