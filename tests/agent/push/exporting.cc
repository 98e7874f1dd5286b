#include "tests/agent/push/exporting.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace shmx::push {

using Clock = Transport::Clock;

void Watch::add(const Report& report) {
  const std::lock_guard lock(mutex_);
  reports_.push_back(report);
  changed_.notify_all();
}

void Watch::warn(const std::string& sentence) {
  const std::lock_guard lock(mutex_);
  warnings_.push_back(sentence);
}

std::vector<Report> Watch::reports() const {
  const std::lock_guard lock(mutex_);
  return reports_;
}

std::vector<std::string> Watch::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

bool Watch::wait_for_reports(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return reports_.size() >= count; });
}

bool Watch::wait_for_whole_push() const {
  std::unique_lock lock(mutex_);
  // The one under way may have begun before.
  const std::size_t first = reports_.size() + 1;
  return changed_.wait_for(lock, kPatience, [&] {
    return std::any_of(
        reports_.begin() + static_cast<std::ptrdiff_t>(std::min(first, reports_.size())),
        reports_.end(), [](const Report& report) {
          return report.outcome == Report::Outcome::accepted && report.points_rejected == 0;
        });
  });
}

class ScriptedTransport : public Transport {
 public:
  explicit ScriptedTransport(Scripted& scripted) : scripted_(scripted) {}
  Reply send(std::string_view request, Clock::time_point deadline) override {
    return scripted_.send(request, deadline);
  }

 private:
  Scripted& scripted_;
};

std::unique_ptr<Transport> Scripted::transport() {
  return std::make_unique<ScriptedTransport>(*this);
}

void Scripted::script(Answer answer) {
  const std::lock_guard lock(mutex_);
  answers_.push_back(std::move(answer));
}

void Scripted::usually(Answer answer) {
  const std::lock_guard lock(mutex_);
  usual_ = std::move(answer);
}

std::vector<Scripted::Attempt> Scripted::attempts() const {
  const std::lock_guard lock(mutex_);
  return attempts_;
}

bool Scripted::wait_for_attempts(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return attempts_.size() >= count; });
}

Reply Scripted::send(std::string_view request, Clock::time_point deadline) {
  Answer answer;
  {
    const std::lock_guard lock(mutex_);
    attempts_.push_back({Clock::now(), deadline});
    changed_.notify_all();
    if (answers_.empty()) {
      answer = usual_;
    } else {
      answer = std::move(answers_.front());
      answers_.pop_front();
    }
  }
  if (answer) {
    return answer(deadline);
  }
  const testing::Verdict verdict = reception_.take({}, request, {});
  const bool right = verdict.kind == testing::Verdict::Kind::accepted;
  return {.kind = right ? Reply::Kind::accepted : Reply::Kind::refused,
          .sent_bytes = request.size(),
          .message = verdict.message};
}

Reply dead(Clock::time_point deadline) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_until(lock, deadline, [] { return false; });
  return {.kind = Reply::Kind::retry, .message = "no answer"};
}

Options quick_options(std::chrono::milliseconds timeout) {
  Options options;
  options.interval = std::chrono::milliseconds(50);
  options.timeout = timeout;
  options.mapping.instance = "host";
  return options;
}

std::shared_ptr<const model::Page> page_of(std::vector<model::Family> families) {
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->families = std::move(families);
  return std::make_shared<const model::Page>(std::move(snapshot), std::vector<model::Family>());
}

Hooks hooks(Watch& watch, std::function<std::vector<model::Family>()> families) {
  static std::atomic<std::int64_t> milliseconds{1'700'000'000'000};
  Hooks all;
  all.collect = [families = std::move(families)](Clock::time_point) {
    return Result<std::shared_ptr<const model::Page>>(page_of(families()));
  };
  all.now = [] {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(++milliseconds));
  };
  all.on_push = [&watch](const Report& report) { watch.add(report); };
  all.warn = [&watch](const std::string& sentence) { watch.warn(sentence); };
  all.random = [] { return 0.0; };
  return all;
}

}  // namespace shmx::push
