// See top.h.
#include "agent/tool/top.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <utility>

#include "agent/tool/top_model.h"
#include "agent/tool/top_page.h"
#include "agent/tool/top_reader.h"
#include "agent/tool/top_screen.h"
#include "shm/file.h"

namespace shmx::tool::top {
namespace {

constexpr int kFailed = 1;

/// What a pipe's reader or a script expects: one table, and an end.
constexpr std::uint64_t kPlainIterations = 1;

/// Signals that end it or tell of a new size, as something to poll.
UniqueFd signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) {
    sigaddset(&set, signal);
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// The full-screen view.
class Session {
 public:
  Session(const Options& options, std::unique_ptr<Screen> screen)
      : signals_(signals()),
        screen_(std::move(screen)),
        iterations_(options.iterations.value_or(0)),
        view_(options.view),
        news_{options.host, ""},
        reader_(options.subscription) {}

  void run() {
    while (!view_.over) {
      draw();
      wait();
      read_signals();
      read_news();
      read_keys();
    }
  }

 private:
  void draw() {
    const Overview* const shown = shown_ ? &*shown_ : nullptr;
    Page page = compose(shown, view_, news_, screen_->size());
    screen_->draw(page);
    on_screen_ = std::move(page.shown);
  }

  void wait() {
    std::array<pollfd, 3> sources = {{{STDIN_FILENO, POLLIN, 0},
                                      {signals_.get(), POLLIN, 0},
                                      {reader_.descriptor(), POLLIN, 0}}};
    // Signals that ncurses takes interrupt it (a stop and going on): then it is drawn again.
    const bool failed = poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR;
    const bool hung_up = (sources[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    view_.over = view_.over || failed || hung_up;
  }

  void read_signals() {
    signalfd_siginfo signal{};
    while (read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
      if (signal.ssi_signo == SIGWINCH) {
        screen_->resize();
      } else {
        view_.over = true;
      }
    }
  }

  void read_news() {
    Reader::Received received = reader_.take();
    news_.trouble = std::move(received.trouble);
    if (received.snapshot) {
      Overview overview = model_.update(std::move(*received.snapshot));
      updates_ += overview.has_rates ? 1 : 0;
      view_.over = view_.over || (iterations_ != 0 && updates_ >= iterations_);
      latest_ = std::move(overview);
    }
    if (!view_.paused) {
      shown_ = latest_;
    }
  }

  void read_keys() {
    while (const auto key = screen_->next_key()) {
      press(view_, *key, on_screen_);
      // What a key does may depend on what the one before it did.
      draw();
    }
  }

  UniqueFd signals_;  // Before any thread starts, so that none takes them.
  std::unique_ptr<Screen> screen_;
  std::uint64_t iterations_;
  std::uint64_t updates_ = 0;
  View view_;
  News news_;
  Model model_;
  std::optional<Overview> latest_;
  std::optional<Overview> shown_;  ///< while it is paused, an older one
  Shown on_screen_;
  Reader reader_;
};

bool write_out(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

int run_plain(const Options& options) {
  feed::Client client(options.subscription);
  Model model;
  const std::uint64_t wanted = options.iterations.value_or(kPlainIterations);
  for (std::uint64_t written = 0; wanted == 0 || written < wanted;) {
    auto next = client.next();
    if (!next) {
      return 0;
    }
    if (!*next) {
      fmt::print(stderr, "shmtool: {}\n", next->error().message);
      return kFailed;
    }
    const Overview overview = model.update(std::move(*next).value());
    if (!overview.has_rates) {
      continue;  // There is nothing to compare with yet.
    }
    const std::string table = plain_table(overview, options.view, options.host);
    if (!write_out(written > 0 ? "\n" + table : table)) {
      std::perror("shmtool: cannot write to standard output");
      return kFailed;
    }
    ++written;
  }
  return 0;
}

}  // namespace

int run(Options options) {
  options.subscription.metrics = metrics_read();
  if (auto screen = Screen::open(options.colours)) {
    Session(options, std::move(screen)).run();
    return 0;
  }
  return run_plain(options);
}

}  // namespace shmx::tool::top
