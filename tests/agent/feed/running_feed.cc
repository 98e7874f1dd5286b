#include "tests/agent/feed/running_feed.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "tests/agent/render/models.h"

namespace shmx::feed {
namespace {

using model::CounterValue;
using model::Family;
using model::FamilyInfo;
using model::GaugeValue;
using model::HistogramValue;
using model::Type;
using render::point;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

Family family(const std::string& tenant, FamilyInfo info, std::vector<model::Point> points) {
  info.tenant = tenant;
  return {std::make_shared<const FamilyInfo>(std::move(info)), std::move(points)};
}

HistogramValue native_value(const NativeBuckets& native) {
  HistogramValue value;
  value.native.assign(native.cells(), 0);
  value.native.front() = 2;
  value.native.back() = 5;
  value.sum = 600;
  return value;
}

}  // namespace

std::shared_ptr<const model::Epoch> usual_epoch() {
  auto snapshot = std::make_shared<model::Snapshot>();
  const NativeBuckets native = native_buckets(0, 1, 64, 20, false);
  snapshot->families.push_back(
      family("depot", {"depth", "Waiting.", "", Type::gauge, 1, {}},
             {point({{"job", "depot"}, {"queue", "in"}}, GaugeValue{-2.5})}));
  snapshot->families.push_back(family(
      "shop", {"latency_seconds", "Took.", "seconds", Type::histogram, kNanoseconds, {0.5, 1}},
      {point({{"job", "shop"}}, HistogramValue{{3, 2, 1}, 4'500'000'000})}));
  snapshot->families.push_back(family("shop", {"requests_total", "Came.", "", Type::counter, 1, {}},
                                      {point({{"job", "shop"}}, CounterValue{7})}));
  snapshot->families.push_back(
      family("depot", {"sizes_bytes", "Sizes.", "bytes", Type::histogram, 1, {}, native},
             {point({{"job", "depot"}}, native_value(native))}));
  std::vector<Family> own;
  own.push_back(
      family("", {"shm_exporter_up", "Runs.", "", Type::gauge, 1, {}}, {point({}, GaugeValue{1})}));
  return std::make_shared<const model::Epoch>(model::Epoch{std::move(snapshot), std::move(own)});
}

std::shared_ptr<const model::Epoch> large_epoch() {
  constexpr std::size_t kLabelBytes = 4'000;
  auto snapshot = std::make_shared<model::Snapshot>();
  std::vector<model::Point> points;
  for (std::size_t bytes = 0; bytes < kLargeEpochBytes; bytes += kLabelBytes) {
    points.push_back(point(
        {{"job", "shop"}, {"n", std::to_string(bytes)}, {"text", std::string(kLabelBytes, 'x')}},
        GaugeValue{1}));
  }
  snapshot->families.push_back(
      family("shop", {"large", "", "", Type::gauge, 1, {}}, std::move(points)));
  return std::make_shared<const model::Epoch>(model::Epoch{std::move(snapshot), {}});
}

identity::Verdict reader_of(std::vector<std::string> tenants) {
  return identity::Reader{"reader", {false, std::move(tenants)}};
}

identity::Verdict refused(identity::Refusal::Kind kind) {
  return identity::Refusal{kind, "reason", "a detail that is for the log"};
}

RunningFeed::RunningFeed(Options options) : families_(usual_epoch()) {
  judge_all(identity::Reader{"anyone", {}});
  auto started = Server::start(std::move(options), hooks());
  if (!started) {
    throw std::runtime_error(started.error().message);
  }
  server_ = std::move(started).value();
}

RunningFeed::~RunningFeed() {
  server_.reset();
}

Options usual_options(const std::string& address) {
  Options options;
  options.listen_address = address;
  options.mapping.instance = "host";
  options.limits.smallest_interval = kSmallestInterval;
  return options;
}

template <typename Change>
void RunningFeed::see(Change change) {
  const std::lock_guard lock(mutex_);
  change(seen_);
  changed_.notify_all();
}

Hooks RunningFeed::hooks() {
  Hooks hooks;
  hooks.collect = [this](const Receiver& receiver) { collect(receiver); };
  hooks.judge = [this](const identity::Presented& presented, const VerdictReceiver& receiver) {
    judge(presented, receiver);
  };
  hooks.now = [] {
    return std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            std::chrono::nanoseconds(kNow)));
  };
  hooks.on_call = [this](const std::string& method, const std::string& code) {
    see([&](Seen& seen) { seen.calls.push_back(method + " " + code); });
  };
  hooks.on_subscribers = [this](std::size_t count) {
    see([&](Seen& seen) { seen.subscribers = count; });
  };
  hooks.on_snapshots = [this](std::size_t sent, std::size_t skipped) {
    see([&](Seen& seen) {
      seen.sent += sent;
      seen.skipped += skipped;
    });
  };
  hooks.warn = [this](const std::string& what) {
    see([&](Seen& seen) { seen.warnings.push_back(what); });
  };
  return hooks;
}

void RunningFeed::collect(const Receiver& receiver) {
  std::unique_lock lock(mutex_);
  ++seen_.collections;
  changed_.notify_all();
  if (holding_) {
    held_.push_back(receiver);
    return;
  }
  const Families families = families_;
  lock.unlock();
  receiver(families);
}

void RunningFeed::judge(const identity::Presented& presented, const VerdictReceiver& receiver) {
  std::unique_lock lock(mutex_);
  seen_.judged.push_back(presented);
  changed_.notify_all();
  if (judge_is_held_) {
    held_verdicts_.emplace_back(presented, receiver);
    return;
  }
  const Judge judge = judge_;
  lock.unlock();
  judge(presented, receiver);
}

void RunningFeed::judge_by(Judge judge) {
  const std::lock_guard lock(mutex_);
  judge_ = std::move(judge);
}

void RunningFeed::judge_all(const identity::Verdict& verdict) {
  judge_by([verdict](const identity::Presented&, const VerdictReceiver& receiver) {
    receiver(verdict);
  });
}

void RunningFeed::hold_judge() {
  const std::lock_guard lock(mutex_);
  judge_is_held_ = true;
}

void RunningFeed::release_judge() {
  std::unique_lock lock(mutex_);
  judge_is_held_ = false;
  const auto held = std::exchange(held_verdicts_, {});
  const Judge judge = judge_;
  lock.unlock();
  for (const auto& [presented, receiver] : held) {
    judge(presented, receiver);
  }
}

void RunningFeed::answer_with(Families families) {
  const std::lock_guard lock(mutex_);
  families_ = std::move(families);
}

void RunningFeed::hold() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void RunningFeed::release() {
  std::unique_lock lock(mutex_);
  holding_ = false;
  const auto held = std::exchange(held_, {});
  const Families families = families_;
  lock.unlock();
  for (const Receiver& receiver : held) {
    receiver(families);
  }
}

Seen RunningFeed::await(const std::function<bool(const Seen&)>& wanted) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return wanted(seen_); }))
      << "collections " << seen_.collections << ", sent " << seen_.sent << ", skipped "
      << seen_.skipped << ", judged " << seen_.judged.size() << ", subscribers "
      << seen_.subscribers << ", calls " << ::testing::PrintToString(seen_.calls);
  return seen_;
}

Seen RunningFeed::seen() {
  const std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace shmx::feed
