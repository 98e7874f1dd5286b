// The exporter's thread: when pushes begin and end, and what they are made of.
#include "agent/push/exporter.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "agent/push/delivery.h"
#include "agent/push/deltas.h"
#include "agent/push/schedule.h"

namespace shmx::push {
namespace {

using Clock = Transport::Clock;

std::int64_t unix_ns(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

class Exporter::Impl {
 public:
  Impl(Options options, std::unique_ptr<Transport> transport, Hooks hooks, AcknowledgedStore store)
      : options_(std::move(options)),
        transport_(std::move(transport)),
        hooks_(std::move(hooks)),
        deltas_(std::move(store), unix_ns(hooks_.now())) {}

  void start() {
    thread_ = std::thread([this] { run(); });
  }

  void ask_to_stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
  }

  void stop() {
    ask_to_stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  void run();
  void push(Clock::time_point begun, Clock::time_point end, bool last) noexcept;
  Delivered collect_and_send(Clock::time_point begun, Clock::time_point end, bool last);
  Delivered send(const model::Page& page, Clock::time_point end, bool last);
  Pace pace(bool last);
  void save();
  void tell(const Delivered& delivered);
  bool stopping();
  bool wait_until(Clock::time_point until);

  Options options_;
  std::unique_ptr<Transport> transport_;
  Hooks hooks_;
  Deltas deltas_;
  std::string told_;     ///< the trouble that was told last; empty: none, or its end
  std::string unsaved_;  ///< likewise of the store
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

bool Exporter::Impl::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

/// False at once when the agent stops.
bool Exporter::Impl::wait_until(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_until(lock, until, [this] { return stopping_; });
}

void Exporter::Impl::run() {
  Clock::time_point tick = Clock::now() + options_.interval;
  while (wait_until(tick)) {
    const Clock::time_point begun = Clock::now();
    const Clock::time_point next = next_tick(tick, options_.interval, begun);
    push(begun, std::min(begun + options_.export_timeout, next), false);
    tick = next_tick(tick, options_.interval, Clock::now());
  }
  const Clock::time_point begun = Clock::now();
  push(begun, begun + options_.timeout, true);
}

/// Whatever goes wrong, the thread goes on: the next push carries what this one did not.
void Exporter::Impl::push(Clock::time_point begun, Clock::time_point end, bool last) noexcept {
  Report report;
  try {
    Delivered delivered = collect_and_send(begun, end, last);
    report = delivered.report;
    deltas_.let_go();
    save();
    tell(delivered);
  } catch (const std::exception&) {
    // There is no memory to say it in words.
    report.outcome = Report::Outcome::failed;
  }
  try {
    report.duration_seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    hooks_.on_push(report);
  } catch (const std::exception&) {
    return;  // As above; one push is missing in the agent's own metrics.
  }
}

Delivered Exporter::Impl::collect_and_send(Clock::time_point begun, Clock::time_point end,
                                           bool last) {
  Delivered delivered;
  if (options_.temporality == otlp::Temporality::delta) {
    if (const auto loaded = deltas_.load(); !loaded) {
      delivered.report.outcome = Report::Outcome::failed;
      delivered.trouble = "OTLP deltas wait for what was acknowledged: " + loaded.error().message;
      return delivered;
    }
  }
  // No longer than a request, so that stop() waits for nothing longer than that.
  auto page = hooks_.collect(std::min(end, begun + options_.timeout));
  if (!page) {
    delivered.report.outcome = Report::Outcome::skipped;  // Whoever collects says why.
    return delivered;
  }
  return send(**page, end, last);
}

Delivered Exporter::Impl::send(const model::Page& page, Clock::time_point end, bool last) {
  const bool delta = options_.temporality == otlp::Temporality::delta;
  const std::int64_t collected = unix_ns(hooks_.now());
  const std::vector<const model::Family*> families =
      delta ? deltas_.take(page.families(), collected) : page.families();
  otlp::Choice choice;
  choice.temporality = options_.temporality;
  choice.unix_ns = collected;
  otlp::Encoder encoder(options_.mapping, families, choice);
  // A refused message is not acknowledged either. What it held of deltas goes out again with what
  // comes later: other data, which may be sent, and no count is lost to a receiver that was
  // misconfigured for an hour.
  return Delivery(*transport_, options_.timeout, pace(last))
      .deliver([&] { return encoder.next(options_.max_request_bytes); },
               [&](const otlp::Message& message) {
                 if (hooks_.on_accepted) {
                   hooks_.on_accepted(message.bytes);
                 }
                 if (delta) {
                   deltas_.acknowledge(message.points);
                   save();
                 }
               },
               end);
}

/// The last push is what everybody waits for already: its own end alone bounds it.
Pace Exporter::Impl::pace(bool last) {
  Pace pace;
  pace.now = [] { return Clock::now(); };
  pace.random = hooks_.random;
  if (last) {
    pace.stopping = [] { return false; };
    pace.wait = [this](Clock::time_point until) {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, until, [] { return false; });
      return true;
    };
  } else {
    pace.stopping = [this] { return stopping(); };
    pace.wait = [this](Clock::time_point until) { return wait_until(until); };
  }
  return pace;
}

void Exporter::Impl::save() {
  const auto saved = deltas_.save();
  const std::string problem = saved ? std::string() : saved.error().message;
  if (!problem.empty() && problem != unsaved_) {
    hooks_.warn(
        "OTLP deltas: what was acknowledged is not stored, and would be sent again after a "
        "restart: " +
        problem);
  }
  unsaved_ = problem;
}

/// Each trouble once, and its end: a receiver that is away for a night fills no log.
void Exporter::Impl::tell(const Delivered& delivered) {
  if (const std::string notice = deltas_.take_notice(); !notice.empty()) {
    hooks_.warn(notice);
  }
  // Given up for a stop, or nobody was asked, for there was nothing to send: no end of a trouble.
  const bool given_up = delivered.report.outcome == Report::Outcome::failed;
  const bool says_nothing =
      delivered.trouble.empty() && (given_up || delivered.report.requests == 0);
  if (says_nothing || delivered.trouble == told_) {
    return;
  }
  hooks_.warn(delivered.trouble.empty() ? "OTLP push: all is accepted again" : delivered.trouble);
  told_ = delivered.trouble;
}

Exporter::Exporter(Options options, std::unique_ptr<Transport> transport, Hooks hooks,
                   AcknowledgedStore store)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(transport), std::move(hooks),
                                   std::move(store))) {}

Exporter::~Exporter() {
  stop();
}

void Exporter::start() {
  impl_->start();
}

void Exporter::ask_to_stop() {
  impl_->ask_to_stop();
}

void Exporter::stop() {
  impl_->stop();
}

}  // namespace shmx::push
