#include "agent/feed/rounds.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "agent/feed/answers.h"
#include "agent/feed/messages.h"

namespace shmx::feed {
namespace {

grpc::Status unavailable(std::string_view why) {
  return {grpc::StatusCode::UNAVAILABLE, std::string(why)};
}

bool once(const Request& request) {
  return request.interval == std::chrono::nanoseconds::zero();
}

std::int64_t unix_ns(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::string_view view_of(const grpc::Slice& bytes) {
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

}  // namespace

Clock::time_point next_due(Clock::time_point now, std::chrono::nanoseconds interval) {
  const auto about = now.time_since_epoch() + interval;
  return Clock::time_point((about + interval / 2) / interval * interval);
}

/// What the collector answers, in whatever thread and however late.
class Rounds::Collection {
 public:
  void answer(Families families) {
    const std::lock_guard lock(mutex_);
    if (!families_) {
      families_ = std::move(families);
      answered_.notify_all();
    }
  }

  Families wait() {
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return families_.has_value(); });
    return *families_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable answered_;
  std::optional<Families> families_;
};

Rounds::Rounds(const Hooks& hooks, Judgements& judgements, const otlp::Options& mapping,
               std::size_t max_bytes)
    : hooks_(hooks),
      judgements_(judgements),
      mapping_(mapping),
      max_bytes_(max_bytes),
      thread_([this] { run(); }) {}

Rounds::~Rounds() {
  stop();
}

void Rounds::add(const std::shared_ptr<Recipient>& recipient, Request request, Viewer viewer) {
  const Clock::time_point due =
      once(request) ? Clock::time_point::max() : next_due(Clock::now(), request.interval);
  bool added = false;
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && !(subscriptions_end_ && !once(request))) {
      entries_.push_back({recipient, std::move(request), std::move(viewer.presented), due, false,
                          std::move(viewer.reader)});
      changed_.notify_one();
      added = true;
    }
  }
  if (!added) {
    recipient->fail(unavailable(kStopping));
  } else if (recipient->ended()) {
    remove(recipient.get());  // While it was judged: its own remove() may have been before.
  }
}

void Rounds::remove(const Recipient* recipient) {
  std::vector<Entry> removed;  // Dies after the lock: with it, perhaps, the recipient.
  const std::lock_guard lock(mutex_);
  if (const auto gone = find(recipient); gone != entries_.end()) {
    removed.push_back(std::move(*gone));
    entries_.erase(gone);
  }
}

std::vector<Rounds::Entry>::iterator Rounds::find(const Recipient* recipient) {
  return std::find_if(entries_.begin(), entries_.end(),
                      [&](const Entry& entry) { return entry.recipient.get() == recipient; });
}

void Rounds::end_subscriptions() {
  std::vector<Entry> ended;
  {
    const std::lock_guard lock(mutex_);
    subscriptions_end_ = true;
    const auto first = std::stable_partition(
        entries_.begin(), entries_.end(), [](const Entry& entry) { return once(entry.request); });
    ended.assign(std::make_move_iterator(first), std::make_move_iterator(entries_.end()));
    entries_.erase(first, entries_.end());
  }
  fail(ended, unavailable(kStopping));
}

void Rounds::stop() {
  if (!thread_.joinable()) {
    return;
  }
  judgements_.close();
  std::vector<Entry> ended;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (collection_) {
      collection_->answer(Error{std::string(kStopping)});
    }
    changed_.notify_one();
    ended.swap(entries_);
  }
  fail(ended, unavailable(kStopping));
  thread_.join();
}

void Rounds::fail(const std::vector<Entry>& entries, const grpc::Status& status) {
  for (const Entry& entry : entries) {
    entry.recipient->fail(status);
  }
}

void Rounds::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Round round = take_due(Clock::now());
    if (round.empty()) {
      wait(lock);
      continue;
    }
    lock.unlock();
    serve(round);
    lock.lock();
  }
}

Rounds::Round Rounds::take_due(Clock::time_point now) {
  Round round;
  for (Entry& entry : entries_) {
    const bool due = entry.due <= now;
    if (due) {
      entry.due = next_due(now, entry.request.interval);
    }
    if (entry.refused) {
      if (due) {
        round.to_cut.push_back(entry);
      }
    } else if (entry.reader) {
      round.judged.push_back(entry);
      entry.reader.reset();
      entry.skipped = 0;
    } else if (due && !entry.judging) {
      entry.judging = true;
      round.to_judge.push_back(entry);
    } else if (due) {
      ++entry.skipped;
      ++round.skipped;
    }
  }
  std::erase_if(entries_, [](const Entry& entry) { return once(entry.request); });
  return round;
}

void Rounds::wait(std::unique_lock<std::mutex>& lock) {
  const auto next =
      std::min_element(entries_.begin(), entries_.end(),
                       [](const Entry& left, const Entry& right) { return left.due < right.due; });
  if (next == entries_.end()) {
    changed_.wait(lock);
  } else {
    changed_.wait_until(lock, Clock::time_point(next->due));  // A copy: entries come and go.
  }
}

void Rounds::serve(const Round& round) {
  for (const Entry& entry : round.to_cut) {
    entry.recipient->cut();
  }
  for (const Entry& entry : round.to_judge) {
    judge(entry);
  }
  std::size_t sent = 0;
  if (!round.judged.empty()) {
    try {
      sent = collect_and_send(round.judged);
    } catch (const std::bad_alloc&) {
      fail(round.judged, unavailable(kNoMetricsNow));
    }
  }
  if (sent + round.skipped > 0) {
    hooks_.on_snapshots(sent, round.skipped);
  }
}

void Rounds::judge(const Entry& entry) {
  judgements_.judge(*entry.presented,
                    [this, recipient = entry.recipient](const identity::Verdict& verdict) {
                      take_verdict(recipient, verdict);
                    });
}

void Rounds::take_verdict(const std::shared_ptr<Recipient>& recipient,
                          const identity::Verdict& verdict) {
  const auto* const refusal = std::get_if<identity::Refusal>(&verdict);
  const bool busy = refusal != nullptr && refusal->kind == identity::Refusal::Kind::busy;
  const bool ready = recipient->ready();
  {
    const std::lock_guard lock(mutex_);
    const auto entry = find(recipient.get());
    if (entry == entries_.end()) {
      return;
    }
    entry->judging = false;
    if (refusal == nullptr && ready) {
      entry->reader = std::get<identity::Reader>(verdict);
      changed_.notify_one();
      return;
    }
    if (refusal == nullptr || busy) {
      ++entry->skipped;  // Perhaps the next snapshot; it gets none that it was not judged for.
    } else {
      entry->refused = true;
    }
  }
  if (refusal == nullptr || busy) {
    hooks_.on_snapshots(0, 1);
  } else {
    recipient->fail(status_of(*refusal));
  }
}

std::size_t Rounds::collect_and_send(const std::vector<Entry>& entries) {
  const Families families = collect();
  if (!families) {
    fail(entries, unavailable(kNoMetricsNow));
    return 0;
  }
  return send(entries, families.value());
}

Families Rounds::collect() {
  const auto collection = std::make_shared<Collection>();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return Error{std::string(kStopping)};
    }
    collection_ = collection;
  }
  hooks_.collect([collection](const Families& families) { collection->answer(families); });
  Families families = collection->wait();
  const std::lock_guard lock(mutex_);
  collection_ = nullptr;
  if (!families && !stopping_) {
    hooks_.warn("the feed had no snapshot to send: " + families.error().message);
  }
  return families;
}

std::size_t Rounds::send(const std::vector<Entry>& entries,
                         const std::shared_ptr<const model::Epoch>& epoch) const {
  Messages messages(epoch, mapping_, unix_ns(hooks_.now()), max_bytes_);
  std::size_t sent = 0;
  for (const Entry& entry : entries) {
    const auto& bytes = messages.resource_metrics(entry.reader->scope, entry.request.filter);
    if (!bytes) {
      entry.recipient->fail(bytes.error());
      continue;
    }
    if (hooks_.may_send &&
        !hooks_.may_send(*entry.reader, entry.presented->peer, view_of(bytes.value()))) {
      entry.recipient->fail(unavailable(kNoMetricsNow));
      continue;
    }
    entry.recipient->send(message_of(bytes.value(), entry.skipped));
    sent += once(entry.request) ? 0 : 1;
  }
  return sent;
}

}  // namespace shmx::feed
