// Whether the agent gets on: now and then the event loop asks the collector something, and when the
// answer is back on the loop, both have come round. Nobody who only looks at a clock can tell that;
// while either hangs, there is no beat.
#ifndef SHM_EXPORTER_AGENT_MAIN_PULSE_H
#define SHM_EXPORTER_AGENT_MAIN_PULSE_H

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>

namespace shmx {

class Pulse {
 public:
  using Answer = std::function<void(std::string status)>;

  /// `ask` has the answer called once by the collector, in its turn, on any thread; not after the
  /// loop is gone. `beat`, on the loop's thread, is given it and says after how long to ask again.
  Pulse(boost::asio::io_context& loop, std::function<void(Answer)> ask,
        std::function<std::chrono::milliseconds(const std::string& status)> beat);

  /// Asks at once. Loop thread, or before it runs.
  void start();
  /// Asks no more. Loop thread.
  void stop();

 private:
  void come_round(const std::string& status);

  boost::asio::io_context& loop_;
  const std::function<void(Answer)> ask_;
  const std::function<std::chrono::milliseconds(const std::string&)> beat_;
  boost::asio::steady_timer next_;
  bool stopped_ = false;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_PULSE_H
