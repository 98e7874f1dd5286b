#include "tests/e2e/services/load.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <random>
#include <thread>

namespace shmx::demo {
namespace {

using Clock = std::chrono::steady_clock;

class Load {
 public:
  Load(const LoadPlan& plan, std::stop_token stop)
      : plan_(plan),
        stop_(std::move(stop)),
        calls_(plan.calls == 0 ? std::numeric_limits<std::uint64_t>::max() : plan.calls) {}

  LoadFacts run() {
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < plan_.threads; ++i) {
        threads.emplace_back([this, i] { work(i); });
      }
    }
    return std::move(facts_);
  }

 private:
  void work(unsigned seed) {
    LoadFacts facts;
    std::minstd_rand random(seed + 1);
    while (true) {
      const std::uint64_t ticket = next_.fetch_add(1, std::memory_order_relaxed);
      if (ticket >= calls_ || !wait_for_turn(ticket)) {
        break;
      }
      make_call(ticket, random() % plan_.targets.size(), facts);
    }
    const std::lock_guard lock(mutex_);
    for (const auto& [key, value] : facts) {
      facts_[key] += value;
    }
  }

  /// Waits until the ticket's call is due; false when the load is over before.
  bool wait_for_turn(std::uint64_t ticket) {
    if (plan_.calls_per_second > 0) {
      const std::chrono::duration<double> offset(static_cast<double>(ticket) /
                                                 plan_.calls_per_second);
      std::unique_lock lock(mutex_);
      due_.wait_until(lock, stop_, begin_ + std::chrono::duration_cast<Clock::duration>(offset),
                      [] { return false; });
    }
    return !stop_.stop_requested();
  }

  void make_call(std::uint64_t ticket, std::size_t target, LoadFacts& facts) const {
    const std::vector<Call>& calls = plan_.targets[target].calls;
    const CallResult result = calls[ticket % calls.size()](ticket / calls.size());
    facts[{target, result.kind}] += result.facts;
  }

  const LoadPlan& plan_;
  const std::stop_token stop_;
  const std::uint64_t calls_;
  const Clock::time_point begin_ = Clock::now();
  std::atomic<std::uint64_t> next_{0};
  std::mutex mutex_;
  std::condition_variable_any due_;
  LoadFacts facts_;
};

}  // namespace

LoadFacts run_load(const LoadPlan& plan, std::stop_token stop) {
  return Load(plan, std::move(stop)).run();
}

}  // namespace shmx::demo
