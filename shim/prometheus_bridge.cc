#include "shim/prometheus_bridge.h"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "shim/prometheus_bridge_series.h"
#include "shim/publication_lock.h"
#include "shm/registry.h"
#include "shm/slow_path.h"

namespace shmx {
namespace {

// The end of a longer wait would be beyond what the clock can say.
constexpr std::chrono::milliseconds kLongestInterval = std::chrono::hours(24 * 365);

// New threads inherit the signal mask: the application's handlers never run on the bridge's thread.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

// The thread and what it waits on. In a forked child neither can be used, nor destroyed.
struct PrometheusBridge::Worker {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::jthread thread;
};

PrometheusBridge::PrometheusBridge(std::weak_ptr<const prometheus::Collectable> collectable,
                                   PrometheusBridgeOptions options) noexcept
    : collectable_(std::move(collectable)),
      options_(std::move(options)),
      process_(PublicationLock::process()),
      count_from_now_(options_.count_from_now) {}

PrometheusBridge::~PrometheusBridge() {
  stop();
}

// The thread stayed in the parent, and what was published is the parent's: both are left alone, as
// they may have been caught in the middle of a change.
void PrometheusBridge::enter_child_if_forked() noexcept {
  if (process_ == PublicationLock::process()) {
    return;
  }
  process_ = PublicationLock::process();
  static_cast<void>(worker_.release());
  static_cast<void>(published_.release());
  count_from_now_ = true;
}

bool PrometheusBridge::publish() noexcept {
  const SlowPath quiet;
  const PublicationLock lock;
  if (!lock.held()) {
    return false;
  }
  enter_child_if_forked();
  return publish_locked();
}

bool PrometheusBridge::publish_locked() noexcept {
  try {
    return collect_and_add();
  } catch (...) {
    // Relaxed: a statistic.
    collections_failed_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
}

bool PrometheusBridge::collect_and_add() {
  const auto collectable = collectable_.lock();
  if (collectable == nullptr) {
    return false;
  }
  const std::vector<prometheus::MetricFamily> families = collectable->Collect();
  if (process_ != PublicationLock::process()) {
    return false;  // Collect() forked, and this is the child: the parent publishes these values.
  }
  if (published_ == nullptr) {
    published_ = std::make_unique<Published>(options_);
  }
  const Published::Tally tally = published_->add(families, count_from_now_);
  count_from_now_ = false;
  // Relaxed: statistics.
  summaries_.fetch_add(tally.summaries, std::memory_order_relaxed);
  values_refused_.fetch_add(tally.values_refused, std::memory_order_relaxed);
  shmx::publish();
  return true;
}

bool PrometheusBridge::start(std::chrono::milliseconds interval) noexcept {
  const SlowPath quiet;
  const PublicationLock lock;
  if (!lock.held() || interval <= std::chrono::milliseconds::zero()) {
    return false;
  }
  enter_child_if_forked();
  if (worker_ != nullptr) {
    return false;
  }
  // Here and not on the thread: in a forked child this is where its counts begin.
  publish_locked();
  try {
    const AllSignalsBlocked blocked;
    auto worker = std::make_unique<Worker>();
    worker->thread =
        std::jthread([this, interval, &self = *worker](const std::stop_token& stopped) {
          run(self, stopped, interval);
        });
    worker_ = std::move(worker);
    return true;
  } catch (...) {
    return false;
  }
}

void PrometheusBridge::run(Worker& worker, const std::stop_token& stopped,
                           std::chrono::milliseconds interval) noexcept {
  pthread_setname_np(pthread_self(), "shmx-bridge");
  std::unique_lock lock(worker.mutex);
  while (true) {
    worker.wake.wait_for(lock, stopped, std::min(interval, kLongestInterval), [] { return false; });
    if (stopped.stop_requested()) {
      return;
    }
    publish();
  }
}

void PrometheusBridge::stop() noexcept {
  const SlowPath quiet;
  std::unique_ptr<Worker> worker;
  {
    const PublicationLock lock;
    if (!lock.held()) {
      return;
    }
    enter_child_if_forked();
    worker = std::move(worker_);
  }
  if (worker != nullptr) {
    worker->thread.request_stop();
    worker->thread.join();
    publish();
  }
}

PrometheusBridge::Losses PrometheusBridge::losses() const noexcept {
  // Relaxed: statistics.
  return {.summaries = summaries_.load(std::memory_order_relaxed),
          .values_refused = values_refused_.load(std::memory_order_relaxed),
          .collections_failed = collections_failed_.load(std::memory_order_relaxed)};
}

}  // namespace shmx
