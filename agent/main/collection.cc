#include "agent/main/collection.h"

#include <boost/asio/post.hpp>
#include <ctime>
#include <new>
#include <utility>

#include "agent/model/page.h"
#include "agent/render/text.h"

namespace shmx {
namespace {

Collector::Time now() {
  struct timespec boot {};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  return {std::chrono::system_clock::now(),
          std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec)};
}

}  // namespace

Collection::Collection(CollectorConfig config, std::chrono::milliseconds rescan_interval,
                       self::SelfMetrics& self, std::function<void(const std::string&)> failed)
    : collector_(std::move(config)),
      rescan_interval_(rescan_interval),
      self_(self),
      failed_(std::move(failed)),
      work_(loop_.get_executor()),
      inotify_(loop_),
      timer_(loop_) {
  if (collector_.inotify_fd() >= 0) {
    inotify_.assign(collector_.inotify_fd());
  }
}

void Collection::start() {
  boost::asio::post(loop_, [this] {
    rescan();
    watch();
  });
  thread_ = std::thread([this] {
    try {
      loop_.run();
    } catch (const std::exception& unexpected) {
      failed_(unexpected.what());
    }
  });
}

Collection::~Collection() {
  loop_.stop();
  if (thread_.joinable()) {
    thread_.join();
  }
  if (inotify_.is_open()) {
    inotify_.release();  // The collector closes it.
  }
}

bool Collection::ready() const noexcept {
  return ready_.load(std::memory_order_relaxed);  // Relaxed: a flag that orders nothing else.
}

void Collection::watch() {
  if (!inotify_.is_open()) {
    return;
  }
  inotify_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](const boost::system::error_code& error) {
                        if (!error) {
                          collector_.on_inotify(now());
                          watch();
                        }
                      });
}

void Collection::rescan() {
  collector_.rescan(now());
  ready_.store(collector_.ready(), std::memory_order_relaxed);  // Relaxed: as in ready().
  timer_.expires_after(rescan_interval_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      rescan();
    }
  });
}

void Collection::request(Receiver receiver) {
  const std::lock_guard lock(mutex_);
  // The first one asks for a collection; who comes until it begins shares it. Asked for first, so
  // that a push that fails for want of memory leaves nobody waiting for nothing.
  if (waiting_.empty()) {
    boost::asio::post(loop_, [this] { serve(); });
  }
  waiting_.push_back(std::move(receiver));
}

void Collection::serve() {
  std::vector<Receiver> receivers;
  {
    const std::lock_guard lock(mutex_);
    receivers.swap(waiting_);
  }
  const Result<Page> page = make_page();
  for (const Receiver& receiver : receivers) {
    receiver(page);
  }
}

Result<Collection::Page> Collection::make_page() {
  const auto start = std::chrono::steady_clock::now();
  auto snapshot = collector_.collect(now());
  ready_.store(collector_.ready(), std::memory_order_relaxed);  // Relaxed: as in ready().
  if (!snapshot) {
    return snapshot.error();
  }
  const model::Page page(std::move(snapshot).value(), self_.collect(collector_.statistics()));
  auto text = std::make_shared<std::string>();
  try {
    render::append_text(page.families(), *text);
  } catch (const std::bad_alloc&) {
    return Error{"no memory for the page"};
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  self_.observe_scrape(took.count(), text->size());
  return Page(std::move(text));
}

}  // namespace shmx
