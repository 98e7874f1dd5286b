// An exporter with everything around it under a test's control, and events to wait for.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_EXPORTING_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_EXPORTING_H

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/model/page.h"
#include "agent/push/exporter.h"
#include "tests/agent/push/receiver/reception.h"

namespace shmx::push {

/// What stands for "for ever" in a test: reached only when it fails.
inline constexpr std::chrono::seconds kPatience{20};

/// Events of the exporter's thread. Any thread.
class Watch {
 public:
  void add(const Report& report);
  void warn(const std::string& sentence);

  std::vector<Report> reports() const;
  std::vector<std::string> warnings() const;

  /// Whether there are so many reports in all; waits for them.
  bool wait_for_reports(std::size_t count) const;
  /// Whether a push that began after this call is accepted, with whatever was there before.
  bool wait_for_whole_push() const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Report> reports_;
  std::vector<std::string> warnings_;
};

/// A receiver without a network: as strict as the other, and scripted request by request.
class Scripted {
 public:
  struct Attempt {
    Transport::Clock::time_point sent;
    Transport::Clock::time_point deadline;
  };
  using Answer = std::function<Reply(Transport::Clock::time_point deadline)>;

  /// A transport that leads here; shorter-lived than this.
  std::unique_ptr<Transport> transport();

  /// Of the next request that nothing is scripted for; requests beyond are accepted if they are
  /// right. What a scripted answer is given to is not recorded.
  void script(Answer answer);
  /// In place of acceptance, from now on; null: acceptance.
  void usually(Answer answer);

  std::vector<Attempt> attempts() const;
  bool wait_for_attempts(std::size_t count) const;
  const testing::Reception& reception() const noexcept { return reception_; }

 private:
  friend class ScriptedTransport;
  Reply send(std::string_view request, Transport::Clock::time_point deadline);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<Answer> answers_;
  Answer usual_;
  std::vector<Attempt> attempts_;
  testing::Reception reception_{testing::ReceptionOptions{}};
};

/// A request that is answered when its time is over, as a dead receiver's are.
Reply dead(Transport::Clock::time_point deadline);

/// Pushes many times a second; one request takes at most `timeout`.
Options quick_options(std::chrono::milliseconds timeout = std::chrono::milliseconds(200));

std::shared_ptr<const model::Page> page_of(std::vector<model::Family> families);

/// Hooks that collect from `families` and report to `watch`; both outlive the exporter. Time goes
/// on by a millisecond whenever it is asked for.
Hooks hooks(Watch& watch, std::function<std::vector<model::Family>()> families);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_EXPORTING_H
