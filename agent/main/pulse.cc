#include "agent/main/pulse.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace shmx {

Pulse::Pulse(boost::asio::io_context& loop, std::function<void(Answer)> ask,
             std::function<std::chrono::milliseconds(const std::string& status)> beat)
    : loop_(loop), ask_(std::move(ask)), beat_(std::move(beat)), next_(loop) {}

void Pulse::start() {
  ask_([this, &loop = loop_](std::string status) {
    boost::asio::post(loop, [this, status = std::move(status)] { come_round(status); });
  });
}

void Pulse::stop() {
  stopped_ = true;
  next_.cancel();
}

void Pulse::come_round(const std::string& status) {
  if (stopped_) {
    return;
  }
  next_.expires_after(beat_(status));
  next_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled && !stopped_) {
      start();
    }
  });
}

}  // namespace shmx
