// The order of things: what a scrape reads, and what happens at a process's end.
#include "agent/main/collector/collector.h"

#include <algorithm>
#include <utility>

#include "agent/main/collector/collector_impl.h"

namespace shmx {
namespace {

/// Omitted families and labels are named in the log this often; the counters go on.
constexpr std::uint64_t kMaxOmissionWarnings = 100;

/// What one segment may claim to have lost: thousands of liars do not wrap the sum.
constexpr std::uint64_t kMaxClaimedLoss = std::uint64_t{1} << 48;

/// Nor do all together: far below where the sum of this and of all live segments' would wrap.
constexpr std::int64_t kMaxLosses = std::int64_t{1} << 62;

/// Folded segments that a commit waits for at most: should the agent be killed while many are
/// there, the next one has the fewer before it, however long each takes.
constexpr std::size_t kMaxBurialsPerCommit = 32;

constexpr Refusal kAllRefusals[] = {
    Refusal::io,     Refusal::not_a_segment, Refusal::version, Refusal::truncated,
    Refusal::sparse, Refusal::too_large,     Refusal::header,  Refusal::extents,
    Refusal::record, Refusal::name,          Refusal::bounds,  Refusal::cells,
    Refusal::value,  Refusal::decreased,
};

double seconds_of(Collector::Time time) {
  return std::chrono::duration<double>(time.wall.time_since_epoch()).count();
}

}  // namespace

Collector::Impl::Impl(CollectorConfig config)
    : config_(std::move(config)),
      tenants_(config_.tenants, config_.directories),
      scanner_(scanner_config()),
      aggregator_({config_.per_process_jobs, config_.limits, config_.warn, tenants_.limits()}) {
  for (const char* const loss : state::kLosses) {
    states_lost_[loss] = 0;
  }
  for (const Refusal reason : kAllRefusals) {
    scanner_.refusals().declare(to_string(reason));
    quarantined_total_[std::string(to_string(reason))] = 0;
  }
  series_refused_[std::string(read::kReservedLabel)] = 0;
  aggregator_.declare_refusal(std::string(read::kReservedFamily));
  if (tenants_.defined()) {
    declare_claims();
  }
  const auto used = use_service_identities(std::move(config_.service_identities),
                                           config_.service_authorities_pem, {});
  if (!used) {
    warn("no service's identity is judged: " + used.error().message);
  }
}

void Collector::Impl::warn(const std::string& line) const {
  if (config_.warn) {
    config_.warn(line);
  }
}

void Collector::Impl::set_time(Time now) {
  aggregator_.set_time(std::chrono::nanoseconds(now.wall.time_since_epoch()).count());
}

void Collector::Impl::on_inotify(Time now) {
  set_time(now);
  scanner_.drain();
  if (state_open_) {
    advance(now);
    judge_waiting(now);
    commit();
  }
}

/// Goes as far as it can with what the scanner has found.
void Collector::Impl::advance(Time now) {
  take_news(now);
  if (!settled_) {
    settle(now);
    end_loading(now);  // With the dead as they were when they lived, if all are there.
    bury_dead(now);
  }
  end_loading(now);
}

void Collector::Impl::rescan(Time now) {
  set_time(now);
  rescan_due_ = !open_state();
  if (rescan_due_) {
    return;
  }
  scanner_.rescan();
  forget_gone();
  advance(now);
  bury_dead(now);
  judge_what_time_changed(now);
  std::erase_if(quarantined_,
                [this](const auto& one) { return scanner_.find(one.first) == nullptr; });
  std::erase_if(unclaimed_,
                [this](const auto& one) { return scanner_.find(one.first) == nullptr; });
  if (settled_) {
    if (!aggregator_.is_loading()) {
      aggregator_.expire(now.boot.count());
    }
    forget_absent();
    commit();
  }
}

void Collector::Impl::take_news(Time now) {
  for (const scan::FileId id : std::exchange(unread_, {})) {
    open(id, now);
  }
  for (const scan::FileId id : scanner_.take_appeared()) {
    open(id, now);
  }
  for (const scan::FileId id : scanner_.take_closed()) {
    bury_if_dead(id, now);
    remove_if_unclaimed(id);
  }
}

void Collector::Impl::open(scan::FileId id, Time now) {
  const scan::File* const file = scanner_.find(id);
  if (file == nullptr) {
    return;
  }
  auto segment = read::Segment::open(file->fd, config_.max_segment_bytes);
  if (!segment) {
    meet_failure(id, segment.error());
    return;
  }
  if (meet_folded(id, *segment) || meet_lost(id, *segment) || meet_claim(id, *segment)) {
    return;
  }
  if (const auto result = segment->read(file->fd); !result) {
    meet_failure(id, result.error());
    return;
  }
  Live& live = live_.emplace(id, Live{file, std::move(segment).value(), {}}).first->second;
  const SegmentClaims& claims = live.content.claims();
  tell(SegmentEvent::What::admitted, *file, claims);
  aggregator_.add_process(id, {claims.service, file->identity.owner, claims.pid,
                               claims.start_time_unix_ns, tenants_.name_of(file->place)});
  take_additions(id, live);
  note_losses(live);
  judge_soon(id, live);
  bury_if_dead(id, now);
}

/// A segment that was never read: refused for good, or to be tried again.
void Collector::Impl::meet_failure(scan::FileId id, const ReadError& error) {
  if (error.reason != Refusal::io) {
    scanner_.refuse(id, to_string(error.reason), error.detail);
    return;
  }
  ++read_failures_;
  unread_.insert(id);
}

/// Returns whether there were new series.
bool Collector::Impl::take_additions(scan::FileId id, Live& live) {
  const read::Additions additions = live.content.take_additions();
  for (const read::Omission& omission : additions.omissions) {
    const bool family = omission.reason == read::Omission::Reason::reserved_family;
    std::uint64_t count = 0;
    if (family) {
      count = aggregator_.count_refusal(std::string(read::kReservedFamily));
    } else {
      count = ++series_refused_[std::string(read::kReservedLabel)];
    }
    if (count <= kMaxOmissionWarnings) {
      warn("job " + live.content.claims().service + ": left out " +
           (family ? "family " : "a series with label ") + omission.name + ": reserved");
    }
  }
  if (additions.series.empty()) {
    return false;
  }
  aggregator_.extend(id, additions.families, additions.series);
  return true;
}

/// What a shim says that it lost only rises, whatever a segment does to it.
void Collector::Impl::note_losses(Live& live) {
  const Losses& now = live.content.losses();
  for (std::size_t i = 0; i < now.size(); ++i) {
    live.losses[i] = std::max(live.losses[i], std::min(now[i], kMaxClaimedLoss));
  }
}

void Collector::Impl::bury_dead(Time now) {
  if (!settled_) {
    return;  // What a baseline is made of must all be there.
  }
  std::vector<scan::FileId> dead;
  for (const auto& [id, live] : live_) {
    if (segment_lock_state(live.file->fd.get()) == LockState::free) {
      dead.push_back(id);
    }
  }
  for (const scan::FileId id : dead) {
    bury(id, live_.at(id), now);
  }
}

void Collector::Impl::bury_if_dead(scan::FileId id, Time now) {
  const auto found = live_.find(id);
  if (settled_ && found != live_.end() &&
      segment_lock_state(found->second.file->fd.get()) == LockState::free) {
    bury(id, found->second, now);
  }
}

/// The lock is free: nobody can store into the segment any more, so this read is the last. Its
/// values enter the totals, and with its identity the state, before the file is removed.
void Collector::Impl::bury(scan::FileId id, Live& live, Time now) {
  std::string problem;
  const auto result = live.content.read(live.file->fd);
  if (result) {
    aggregator_.add_cells(id, live.content.cells());  // Those of the read before are gone.
    take_additions(id, live);
    note_losses(live);
    aggregator_.add_exemplars(id, live.content.exemplars());
  } else if (result.error().reason == Refusal::io) {
    ++read_failures_;
    return;  // The agent's own failure: the values stay live, and the next scrape asks again.
  } else {
    ++fold_failures_;
    problem = to_string(result.error().reason);
    ++quarantined_total_[problem];
    warn("job " + live.content.claims().service +
         ": the last read of a dead process failed, its values before are kept: " +
         result.error().detail);
  }
  judge_last(id, live, now);
  tell(SegmentEvent::What::retired, *live.file, live.content.claims(), problem, final_digest(id));
  bury_later({id, identity_of(*live.file, live.content), false, live.content.claims()});
  retire(id, seconds_of(now), now);
  if (burials_.size() >= kMaxBurialsPerCommit && !commit_failing_) {
    commit();
  }
}

void Collector::Impl::retire(scan::FileId id, std::optional<double> ended_at, Time now) {
  const Live& live = live_.at(id);
  aggregator_.apply(aggregator_.fold(id, live.content.cells()), ended_at, now.boot.count());
  for (std::size_t i = 0; i < retired_losses_.size(); ++i) {
    retired_losses_[i] =
        std::min(retired_losses_[i] + static_cast<std::int64_t>(live.losses[i]), kMaxLosses);
  }
  live_.erase(id);
}

void Collector::Impl::quarantine(scan::FileId id, const std::string& reason,
                                 const std::string& detail, Time now) {
  const Live& live = live_.at(id);
  ++quarantined_total_[reason];
  warn("quarantined " + live.file->name + " of job " + live.content.claims().service + ": " +
       reason + " (" + detail + ")");
  tell(SegmentEvent::What::quarantined, *live.file, live.content.claims(), reason,
       final_digest(id));
  bury_later({id, identity_of(*live.file, live.content), true, live.content.claims()});
  quarantined_[id] = {reason, detail, live.content.claims()};
  retire(id, std::nullopt, now);
}

/// After the epoch was shown, or before: its values are the last good ones either way.
void Collector::Impl::quarantine_violators(Time now) {
  for (const auto& [id, error] : std::exchange(violations_, {})) {
    quarantine(id, std::string(to_string(error.reason)), error.detail, now);
  }
}

void Collector::Impl::read_all() {
  std::vector<LiveSegment*> with_news;
  aggregator_.begin_epoch();
  for (auto it = live_.begin(); it != live_.end(); ++it) {
    auto& [id, live] = *it;
    if (const auto next = std::next(it); next != live_.end()) {
      next->second.content.prefetch();
    }
    const auto result = live.content.read(live.file->fd);
    if (result) {
      note_losses(live);
    } else if (result.error().reason == Refusal::io) {
      ++read_failures_;  // It was read before: its last values stand for now.
    } else {
      violations_.emplace_back(id, result.error());
    }
    aggregator_.add_cells(id, live.content.cells());
    if (live.content.certificates() != live.presented.certificates) {
      judge_soon(id, live);
    }
    if (live.content.has_additions() || !live.content.exemplars().empty()) {
      with_news.push_back(&*it);
    }
  }
  take_news_of(with_news);
}

/// When all cells are those of one epoch: what is new may restart a family of other processes, too.
void Collector::Impl::take_news_of(std::span<LiveSegment* const> segments) {
  bool any = false;
  for (LiveSegment* const segment : segments) {
    auto& [id, live] = *segment;
    any = take_additions(id, live) || any;
    aggregator_.add_exemplars(id, live.content.exemplars());
  }
  if (!any) {
    return;
  }
  aggregator_.begin_epoch();
  for (const auto& [id, live] : live_) {
    aggregator_.add_cells(id, live.content.cells());
  }
}

Result<std::shared_ptr<const model::Snapshot>> Collector::Impl::collect(Time now) {
  set_time(now);
  if (!state_open_ && !rescan_due_) {
    return Error{"the first scan is not done yet"};
  }
  if (rescan_due_) {
    rescan(now);
  }
  if (rescan_due_) {
    return Error{"the state cannot be read yet: " + state_problem_};
  }
  scanner_.drain();
  advance(now);
  bury_dead(now);
  end_loading(now);
  if (!ready()) {
    commit();  // Makes room for dead segments that wait.
    return Error{scanner_.complete()
                     ? "a segment cannot be read yet: the agent is out of descriptors or memory"
                     : scanner_.problem()};
  }
  read_all();
  std::shared_ptr<const model::Snapshot> snapshot = aggregator_.snapshot();
  quarantine_violators(now);
  judge_waiting(now);
  commit();
  return snapshot;
}

Collector::Collector(CollectorConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Collector::~Collector() = default;
int Collector::inotify_fd() const noexcept {
  return impl_->inotify_fd();
}
void Collector::on_inotify(Time now) {
  impl_->on_inotify(now);
}
void Collector::rescan(Time now) {
  impl_->rescan(now);
}
void Collector::use_policy(const std::vector<identity::Tenant>& tenants, Time now) {
  impl_->use_policy(tenants, now);
}
void Collector::measure(std::set<std::string> jobs) {
  impl_->measure(std::move(jobs));
}
const std::set<std::string>& Collector::measured_jobs() const noexcept {
  return impl_->measured_jobs();
}
bool Collector::ready() const noexcept {
  return impl_->ready();
}
Result<std::shared_ptr<const model::Snapshot>> Collector::collect(Time now) {
  return impl_->collect(now);
}
Result<bool> Collector::use_service_identities(
    std::map<std::string, identity::ServiceIdentity> by_job, const std::string& authorities_pem,
    Time now) {
  return impl_->use_service_identities(std::move(by_job), authorities_pem, now);
}
aggregate::Statistics Collector::statistics() const {
  return impl_->statistics();
}
status::Census Collector::census() const {
  return impl_->census();
}

}  // namespace shmx
