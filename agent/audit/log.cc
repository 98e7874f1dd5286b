#include "agent/audit/log.h"

#include <atomic>
#include <cassert>
#include <chrono>
#include <csignal>
#include <future>
#include <mutex>
#include <optional>
#include <span>
#include <thread>

#include "agent/audit/digest.h"
#include "agent/audit/format.h"
#include "agent/audit/queue.h"
#include "agent/audit/writer.h"

namespace shmx::audit {
namespace {

/// Between two tries to write to a disk that is full or gone. Somebody who waits for a record makes
/// it try at once.
constexpr std::chrono::milliseconds kRetryPause{1'000};

/// All signals are for the program's other threads. SIGXFSZ, too: a file that reached RLIMIT_FSIZE
/// is a write that fails.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

class Log::Impl {
 public:
  Impl(Options options, Hooks hooks, Writer writer)
      : options_(std::move(options)),
        hooks_(std::move(hooks)),
        writer_(std::move(writer)),
        queue_(hooks_.now_unix_ns),
        key_id_(writer_.key().public_key().id()) {
    const BlockedSignals inherited;
    if (write_held()) settle();
    thread_ = std::thread([this] { run(); });
  }

  ~Impl() {
    queue_.stop();
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool record(Pending pending);
  Result<bool> replace_key();
  Head head() const;
  std::uint64_t lost_records() const { return queue_.lost(); }
  std::uint64_t write_failures() const { return write_failures_; }

 private:
  void run();
  bool write_held();
  bool tell_lost();
  void settle();
  void fail(const Error& error);
  void publish();

  const Options options_;
  const Hooks hooks_;

  // The log's thread alone.
  Writer writer_;
  std::vector<Pending> held_;  ///< not written yet
  std::uint64_t lost_untold_ = 0;
  bool failing_ = false;

  Queue queue_;
  std::atomic<std::uint64_t> write_failures_ = 0;
  mutable std::mutex mutex_;  ///< of what follows
  Head head_;
  std::string key_id_;  ///< in force, or will be when the disk takes the change

  std::thread thread_;
};

void Log::Impl::run() {
  for (bool going = true; going;) {
    going = queue_.take(held_, failing_ ? std::optional(kRetryPause) : std::nullopt);
    if (write_held() && tell_lost()) settle();
  }
  queue_.add_lost(held_.size());
  if (auto closed = writer_.close(hooks_.now_unix_ns()); !closed) {
    hooks_.warn("the audit log ends without a signature: " + closed.error().message);
  }
  publish();
}

/// False: the disk does not take it, or not all of it.
bool Log::Impl::write_held() {
  std::size_t written = 0;
  do {
    auto seqs = writer_.write(std::span(held_).subspan(written), hooks_.now_unix_ns());
    if (!seqs) {
      held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(written));
      fail(seqs.error());
      return false;
    }
    publish();
    for (const std::uint64_t seq : *seqs) {
      const Pending& pending = held_[written++];
      queue_.release(pending);
      if (pending.done) pending.done(seq);
    }
  } while (written < held_.size());
  held_.clear();
  if (failing_) hooks_.warn("the audit log is written again");
  failing_ = false;
  return true;
}

/// A record of those that are missing here.
bool Log::Impl::tell_lost() {
  lost_untold_ += queue_.take_lost();
  if (lost_untold_ == 0) return true;
  Pending told;
  told.unix_ns = hooks_.now_unix_ns();
  told.event = {std::string(kLost), {{"records", static_cast<std::int64_t>(lost_untold_)}}};
  if (auto written = writer_.write(std::span(&told, 1), told.unix_ns); !written) {
    fail(written.error());
    return false;
  }
  lost_untold_ = 0;
  publish();
  return true;
}

void Log::Impl::settle() {
  if (auto settled = writer_.settle(hooks_.now_unix_ns()); !settled) {
    ++write_failures_;
    hooks_.warn("the audit log: " + settled.error().message);
  }
  publish();
}

/// Whoever waits for a record is told at once, and it is not written later: by then the scrape that
/// it is about has been refused. All others wait for the disk, as long as there is room; a new key
/// does, too: nobody brings it a second time.
void Log::Impl::fail(const Error& error) {
  ++write_failures_;
  if (!std::exchange(failing_, true)) {
    hooks_.warn("the audit log cannot be written: " + error.message +
                "; records wait, and what finds no room is lost");
  }
  std::vector<Pending> waiting;
  for (Pending& pending : held_) {
    const auto done = std::exchange(pending.done, nullptr);
    if (!done || pending.new_key) {
      waiting.push_back(std::move(pending));
    } else {
      queue_.release(pending);
      queue_.add_lost(1);
    }
    if (done) done(error);
  }
  held_ = std::move(waiting);
}

void Log::Impl::publish() {
  const Position& position = writer_.position();
  const std::lock_guard lock(mutex_);
  head_ = {position.seq, position.seq == 0 ? 0 : prefix_of(position.hash)};
}

/// False: there is no room for it, which it has been told.
bool Log::Impl::record(Pending pending) {
  assert(!is_of_the_log(pending.event.type));
  auto done = pending.done;
  const bool taken = queue_.push(std::move(pending));
  if (!taken && done) {
    done(Error{"the audit log's queue is full: its disk does not keep up"});
  }
  return taken;
}

Result<bool> Log::Impl::replace_key() {
  auto key = SigningKey::read(options_.key_file);
  if (!key) return key.error();
  const std::string id = key->public_key().id();
  std::promise<Result<bool>> replaced;
  Pending change;
  change.new_key = std::move(key).value();
  change.done = [&replaced](const Result<std::uint64_t>& written) {
    replaced.set_value(written ? Result<bool>(true) : Result<bool>(written.error()));
  };
  {
    const std::lock_guard lock(mutex_);
    if (id == key_id_) return false;
    if (record(std::move(change))) key_id_ = id;
  }
  return replaced.get_future().get();
}

Head Log::Impl::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::open(Options options, Hooks hooks) {
  auto writer = Writer::open(options, hooks.warn);
  if (!writer) return writer.error();
  auto impl =
      std::make_unique<Impl>(std::move(options), std::move(hooks), std::move(writer).value());
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

void Log::record(Event event) {
  record(std::move(event), nullptr);
}

void Log::record(Event event, std::function<void(const Result<std::uint64_t>&)> done) {
  Pending pending;
  pending.event = std::move(event);
  pending.done = std::move(done);
  impl_->record(std::move(pending));
}

Result<bool> Log::replace_key() {
  return impl_->replace_key();
}

Head Log::head() const noexcept {
  return impl_->head();
}

std::uint64_t Log::lost_records() const noexcept {
  return impl_->lost_records();
}

std::uint64_t Log::write_failures() const noexcept {
  return impl_->write_failures();
}

}  // namespace shmx::audit
