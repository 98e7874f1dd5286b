#include "agent/main/supervision.h"

#include <algorithm>
#include <utility>

#include "agent/config/log.h"

namespace shmx {
namespace {

// How often the watchdog is fed in its time: what takes two thirds of it at once (a collection) is
// still no reason to kill the agent.
constexpr int kBeatsPerWatchdog = 3;

// How often it is looked whether the first scan is complete, where a failure (no descriptors, the
// state is locked) has kept it from being so. Usually once.
constexpr std::chrono::milliseconds kUntilReady{100};

std::string sentence(const aggregate::Statistics& now) {
  return "Jobs: " + std::to_string(now.jobs) +
         ", live segments: " + std::to_string(now.segments_live) +
         ", files refused: " + std::to_string(now.segments_refused) + ".";
}

}  // namespace

Supervision::Supervision(boost::asio::io_context& loop, ServiceManager manager,
                         Collection& collection, std::chrono::milliseconds status_interval)
    : manager_(manager),
      collection_(collection),
      status_interval_(status_interval),
      pulse_(
          loop,
          [&collection](Pulse::Answer answer) {
            collection.request_statistics(
                [answer = std::move(answer)](const auto& now) { answer(sentence(now)); });
          },
          [this](const std::string& status) { return beat(status); }) {}

void Supervision::start() {
  if (manager_.is_there()) {
    pulse_.start();
  }
}

/// Says when the next one is due.
std::chrono::milliseconds Supervision::beat(const std::string& status) {
  if (!ready_ && !collection_.ready()) {
    return kUntilReady;
  }
  status_ = status;
  if (ready_) {
    manager_.alive(status);
  } else {
    manager_.ready(status);
    config::log(config::LogLevel::info, "Ready");
    ready_ = true;
  }
  if (manager_.watchdog().count() == 0) {
    return status_interval_;
  }
  const auto at_most = std::chrono::duration_cast<std::chrono::milliseconds>(manager_.watchdog());
  return std::min(status_interval_, at_most / kBeatsPerWatchdog);
}

/// Before it is ready there is nothing to take back.
void Supervision::reload_begins() const {
  if (ready_) {
    manager_.reloading();
  }
}

void Supervision::reload_ends() const {
  if (ready_) {
    manager_.ready(status_);
  }
}

void Supervision::stops() {
  pulse_.stop();
  manager_.stopping();
}

}  // namespace shmx
