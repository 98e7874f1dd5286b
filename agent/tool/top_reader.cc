// See top_reader.h.
#include "agent/tool/top_reader.h"

#include <sys/eventfd.h>
#include <csignal>

#include <chrono>
#include <cstdint>
#include <utility>

namespace shmx::tool::top {
namespace {

/// Between two attempts to reach the agent: soon enough for who waits, too seldom to be felt.
constexpr std::chrono::seconds kRetryInterval{1};

/// Signals are for the thread that draws, not for this one and those that gRPC starts from it.
void leave_signals_to_others() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace

Reader::Reader(feed::Subscription subscription)
    : subscription_(std::move(subscription)),
      news_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Reader::~Reader() {
  thread_.request_stop();
  thread_.join();
}

Reader::Received Reader::take() {
  const std::scoped_lock lock(mutex_);
  eventfd_t told = 0;
  eventfd_read(news_.get(), &told);  // Nothing to read is nothing new.
  return {std::exchange(received_.snapshot, std::nullopt), received_.trouble};
}

void Reader::run(const std::stop_token& stop) {
  leave_signals_to_others();
  while (!stop.stop_requested()) {
    read_one_agent(stop);
    std::unique_lock lock(mutex_);
    retry_.wait_for(lock, stop, kRetryInterval, [] { return false; });
  }
}

void Reader::read_one_agent(const std::stop_token& stop) {
  feed::Client client(subscription_);
  const std::stop_callback cancel(stop, [&client] { client.cancel(); });
  while (auto next = client.next()) {
    if (!*next) {
      put("trying again: " + next->error().message);
      return;
    }
    put(std::move(*next).value());
  }
}

void Reader::put(feed::Snapshot snapshot) {
  const std::scoped_lock lock(mutex_);
  if (received_.snapshot) {
    snapshot.skipped += received_.snapshot->skipped + 1;
  }
  received_ = {std::move(snapshot), ""};
  tell();
}

void Reader::put(std::string trouble) {
  const std::scoped_lock lock(mutex_);
  received_.trouble = std::move(trouble);
  tell();
}

void Reader::tell() const {
  eventfd_write(news_.get(), 1);  // Full is told, too.
}

}  // namespace shmx::tool::top
