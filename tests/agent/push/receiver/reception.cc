#include "tests/agent/push/receiver/reception.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "tests/agent/push/receiver/faults.h"
#include "tests/agent/web/inflated.h"

namespace shmx::testing {
namespace {

std::string joined(const std::vector<std::string>& sentences) {
  std::string all;
  for (const auto& sentence : sentences) all += (all.empty() ? "" : "; ") + sentence;
  return all;
}

}  // namespace

std::string Arrival::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

void Reception::script(Behaviour behaviour) {
  const std::lock_guard lock(mutex_);
  script_.push_back(std::move(behaviour));
}

void Reception::usually(Behaviour behaviour) {
  const std::lock_guard lock(mutex_);
  usual_ = std::move(behaviour);
}

void Reception::release() {
  std::vector<std::function<void()>> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(held_);
  }
  for (const auto& answer : answers) answer();
}

std::size_t Reception::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool Reception::wait_for_requests(std::size_t count, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, at_most, [&] { return requests_ >= count; });
}

bool Reception::wait_until_held(std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, at_most, [&] { return !held_.empty(); });
}

std::vector<std::string> Reception::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

Ledger Reception::ledger() const {
  const std::lock_guard lock(mutex_);
  return ledger_;
}

std::uint64_t Reception::points() const {
  const std::lock_guard lock(mutex_);
  return points_;
}

std::size_t Reception::connections() const {
  const std::lock_guard lock(mutex_);
  return peers_.size();
}

std::vector<Arrival> Reception::arrivals() const {
  const std::lock_guard lock(mutex_);
  return {arrivals_.begin(), arrivals_.end()};
}

Behaviour Reception::begin(const Arrival& arrival) {
  const std::lock_guard lock(mutex_);
  ++requests_;
  peers_.insert(arrival.peer);
  arrivals_.push_back(arrival);
  if (arrivals_.size() > kArrivalsKept) arrivals_.pop_front();
  arrived_.notify_all();
  if (script_.empty()) return usual_;
  Behaviour next = std::move(script_.front());
  script_.pop_front();
  return next;
}

void Reception::violation(const std::string& sentence) {
  const std::lock_guard lock(mutex_);
  violations_.push_back(sentence);
}

Verdict Reception::take(const Arrival& arrival, std::string_view body, const Behaviour& behaviour) {
  {
    const std::lock_guard lock(mutex_);
    const auto same = std::find_if(arrivals_.rbegin(), arrivals_.rend(),
                                   [&](const auto& known) { return known.peer == arrival.peer; });
    if (same != arrivals_.rend()) {
      same->body_bytes = body.size();
      same->gzip = arrival.gzip;
    }
  }
  try {
    return arrival.gzip ? judge(web::inflated(body), behaviour) : judge(body, behaviour);
  } catch (const std::exception&) {
    violation("a body that is not gzip");
    return {Verdict::Kind::bad, "the body is not gzip"};
  }
}

Verdict Reception::judge(std::string_view bytes, const Behaviour& behaviour) {
  Request request;
  const bool decoded = request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  const std::lock_guard lock(mutex_);
  if (bytes.size() > options_.max_request_bytes) {
    violations_.push_back("a request of " + std::to_string(bytes.size()) + " bytes");
    return {Verdict::Kind::too_large, violations_.back()};
  }
  if (!decoded) {
    violations_.emplace_back("a body that is no ExportMetricsServiceRequest");
    return {Verdict::Kind::bad, violations_.back()};
  }
  const auto points = points_of(request);
  const auto rejected =
      std::min(points.size(), static_cast<std::size_t>(behaviour.rejected_points));
  if (options_.keep) {
    auto wrong = faults_of(request);
    if (wrong.empty()) wrong = ledger_.contradictions(points);
    if (!wrong.empty()) {
      violations_.insert(violations_.end(), wrong.begin(), wrong.end());
      return {Verdict::Kind::bad, joined(wrong)};
    }
  }
  if (behaviour.status != 0 || behaviour.close == Behaviour::Close::after_reading) return {};
  if (options_.keep) ledger_.record(points, rejected);
  points_ += points.size() - rejected;
  return {};
}

void Reception::answer(const Behaviour& behaviour, std::function<void()> answer) {
  {
    const std::lock_guard lock(mutex_);
    if (behaviour.answer != Behaviour::Answer::at_once && !stopped_) {
      const bool waits = behaviour.answer == Behaviour::Answer::when_released;
      (waits ? held_ : never_).push_back(std::move(answer));
      arrived_.notify_all();
      return;
    }
  }
  answer();
}

void Reception::start() {
  const std::lock_guard lock(mutex_);
  stopped_ = false;
}

void Reception::stop() {
  std::vector<std::function<void()>> answers;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    answers.swap(held_);
    std::move(never_.begin(), never_.end(), std::back_inserter(answers));
    never_.clear();
  }
  for (const auto& answer : answers) answer();
}

}  // namespace shmx::testing
