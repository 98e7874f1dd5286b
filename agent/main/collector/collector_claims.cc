// Which jobs a tenant's segments may claim, and what whoever keeps records is told.
#include <utility>

#include "agent/main/collector/collector_impl.h"
#include "agent/main/collector/final_values.h"

namespace shmx {
namespace {

constexpr const char* kClaim = "claim";

/// Refused claims are named in the log this often for each tenant; the counter goes on.
constexpr std::size_t kMaxClaimWarnings = 100;

SegmentEvent event_of(SegmentEvent::What what, const scan::Identity& identity) {
  SegmentEvent event;
  event.what = what;
  event.device = identity.device;
  event.inode = identity.inode;
  event.owner = identity.owner;
  return event;
}

}  // namespace

scan::ScannerConfig Collector::Impl::scanner_config() {
  scan::ScannerConfig scanner{tenants_.directories(), config_.max_segment_bytes, config_.warn,
                              config_.budget};
  scanner.shares = tenants_.shares();
  if (tenants_.defined()) {
    scanner.budget.shares = scan::shares_of(config_.budget.live, tenants_.max_segments());
    tell_of_reduced(scanner.budget.shares);
  }
  if (config_.on_segment) {
    scanner.refused = [this](const scan::RefusedFile& file) {
      SegmentEvent event = event_of(SegmentEvent::What::refused, file.identity);
      event.path = file.path;
      event.tenant = tenants_.name_of(file.place);
      event.reason = file.reason;
      config_.on_segment(event);
    };
  }
  return scanner;
}

/// Whoever says max_segments is told when the host does not have them.
void Collector::Impl::tell_of_reduced(const std::vector<std::uint64_t>& shares) const {
  const std::vector<std::optional<std::size_t>> wanted = tenants_.max_segments();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] < wanted[i].value_or(0)) {
      warn("tenant " + tenants_.names()[i] + ": max_segments is " + std::to_string(*wanted[i]) +
           ", but its share of the " + std::to_string(config_.budget.live) +
           " live segments that the agent can hold is " + std::to_string(shares[i]) +
           " (raise LimitNOFILE and vm.max_map_count, or lower max_segments)");
    }
  }
}

/// With 0, from the start.
void Collector::Impl::declare_claims() {
  quarantined_total_[kClaim] = 0;
  for (const std::string& tenant : tenants_.names()) {
    claims_refused_[tenant] = 0;
  }
}

/// Whether the segment claims a job that its tenant may not have. As long as its process lives its
/// file is its own; then it is removed, and what it has counted with it.
bool Collector::Impl::meet_claim(scan::FileId id, const read::Segment& segment) {
  const scan::File& file = *scanner_.find(id);
  const SegmentClaims& claims = segment.claims();
  if (tenants_.may_claim(file.place, claims.service)) {
    return false;
  }
  note_refused_claim(file, claims);
  if (segment_lock_state(file.fd.get()) == LockState::free) {
    scanner_.remove(id);
  } else {
    scanner_.ignore(id);
    unclaimed_[id] = claims.service;
  }
  return true;
}

void Collector::Impl::note_refused_claim(const scan::File& file, const SegmentClaims& claims) {
  const std::string& tenant = tenants_.name_of(file.place);
  ++claims_refused_[tenant];
  tell(SegmentEvent::What::refused, file, claims, kClaim);
  std::set<std::string>& warned = claims_warned_[tenant];
  if (warned.size() < kMaxClaimWarnings && warned.insert(claims.service).second) {
    warn("refused " + path_of(file) + " of uid " + std::to_string(file.identity.owner) +
         ": tenant " + tenant + " may not claim the job " + claims.service + " (it may with " +
         tenants_.admitting(file.place, claims.service) + " in the configuration)");
  }
}

/// Its process may have ended.
void Collector::Impl::remove_if_unclaimed(scan::FileId id) {
  const auto found = unclaimed_.find(id);
  const scan::File* const file = found == unclaimed_.end() ? nullptr : scanner_.find(id);
  if (file != nullptr && segment_lock_state(file->fd.get()) == LockState::free) {
    scanner_.remove(id);
    unclaimed_.erase(found);
  }
}

void Collector::Impl::use_policy(const std::vector<identity::Tenant>& tenants, Time now) {
  set_time(now);
  tenants_.use_jobs(tenants);
  for (auto place = unclaimed_.begin(); place != unclaimed_.end();) {
    const auto& [id, job] = *place;
    const scan::File* const file = scanner_.find(id);
    if (file != nullptr && tenants_.may_claim(file->place, job)) {
      scanner_.take_up(id);
      unread_.insert(id);
      place = unclaimed_.erase(place);
    } else {
      ++place;
    }
  }
  if (settled_) {
    withdraw_claims(now);
    take_news(now);
    commit();
  }
}

/// What was counted under a claim that stood is kept; from now on its segment is ignored, for good.
void Collector::Impl::withdraw_claims(Time now) {
  std::vector<scan::FileId> withdrawn;
  for (const auto& [id, live] : live_) {
    if (!tenants_.may_claim(live.file->place, live.content.claims().service)) {
      withdrawn.push_back(id);
    }
  }
  for (const scan::FileId id : withdrawn) {
    quarantine(id, kClaim, "its tenant may not claim the job any more", now);
  }
}

std::string Collector::Impl::path_of(const scan::File& file) const {
  return tenants_.directories()[file.place] + "/" + file.name;
}

void Collector::Impl::tell(SegmentEvent::What what, const scan::File& file,
                           const SegmentClaims& claims, std::string reason, std::string digest,
                           std::string detail) const {
  if (!config_.on_segment) {
    return;
  }
  SegmentEvent event = event_of(what, file.identity);
  event.path = path_of(file);
  event.tenant = tenants_.name_of(file.place);
  event.job = claims.service;
  event.pid = claims.pid;
  event.reason = std::move(reason);
  event.digest = std::move(digest);
  event.detail = std::move(detail);
  config_.on_segment(event);
}

/// Of what the segment leaves behind, before it is retired. Empty when nobody keeps records.
std::string Collector::Impl::final_digest(scan::FileId id) const {
  const read::Segment& segment = live_.at(id).content;
  return config_.on_segment
             ? digest_of(segment.claims().service, aggregator_.final_series(id, segment.cells()))
             : std::string();
}

}  // namespace shmx
