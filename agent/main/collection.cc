#include "agent/main/collection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <ctime>
#include <functional>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "agent/model/page.h"

namespace shmx {
namespace {

Collector::Time now() {
  struct timespec boot {};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  return {std::chrono::system_clock::now(),
          std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec)};
}

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

const Error kTooLate{"its turn came after the client's timeout", ETIMEDOUT};

}  // namespace

Collection::Collection(CollectorConfig config, std::chrono::milliseconds rescan_interval,
                       std::size_t held_bytes, self::SelfMetrics& self,
                       std::function<void(const std::string&)> failed)
    : collector_(std::move(config)),
      rescan_interval_(rescan_interval),
      self_(self),
      failed_(std::move(failed)),
      pages_(held_bytes, self),
      work_(loop_.get_executor()),
      inotify_(loop_),
      timer_(loop_) {
  if (collector_.inotify_fd() >= 0) {
    inotify_.assign(collector_.inotify_fd());
  }
}

void Collection::start() {
  thread_ = std::thread([this] {
    try {
      rescan();
      watch();
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

/// The first one asks for a collection; who comes until it begins shares it. Asked for before
/// anyone is added, so that a push that fails for want of memory leaves nobody waiting for nothing.
void Collection::ask_for_collection() {
  if (waiting_.empty()) {
    boost::asio::post(loop_, [this] { serve(); });
  }
}

void Collection::request(Request request, Receiver receiver) {
  std::vector<Waiting> late;
  {
    const std::lock_guard lock(mutex_);
    ask_for_collection();
    std::vector<Waiting>& pages = waiting_.pages;
    // While the collector is at something long, those who gave up must not add up.
    if (pages.size() == pages.capacity()) {
      late = take_late(pages);
    }
    pages.push_back({std::move(request), std::move(receiver)});
  }
  tell(late, kTooLate);
}

void Collection::request_families(FamiliesReceiver receiver) {
  const std::lock_guard lock(mutex_);
  ask_for_collection();
  waiting_.families.push_back(std::move(receiver));
}

void Collection::request_statistics(std::function<void(const aggregate::Statistics&)> receiver) {
  boost::asio::post(loop_,
                    [this, receiver = std::move(receiver)] { receiver(collector_.statistics()); });
}

void Collection::request_overview(OverviewReceiver receiver) {
  const std::lock_guard lock(mutex_);
  ask_for_collection();
  waiting_.overviews.push_back(std::move(receiver));
}

void Collection::use_policy(const identity::Policy& policy, std::string service_authorities) {
  boost::asio::post(loop_, [this, tenants = policy.tenants, expected = policy.service_identities,
                            authorities = std::move(service_authorities)] {
    collector_.use_policy(tenants, now());
    // Whoever read the authorities has seen that they are some.
    (void)collector_.use_service_identities(expected, authorities, now());
  });
}

void Collection::use_process_metrics(std::set<std::string> jobs) {
  boost::asio::post(loop_, [this, jobs = std::move(jobs)] {
    if (collector_.measured_jobs() != jobs) {
      collector_.measure(jobs);
      self_.job_processes().begin_again();
    }
  });
}

std::vector<Collection::Waiting> Collection::take_late(std::vector<Waiting>& waiting) {
  const auto late = std::stable_partition(
      waiting.begin(), waiting.end(),
      [now = Clock::now()](const Waiting& one) { return one.request.until > now; });
  std::vector<Waiting> taken(std::make_move_iterator(late), std::make_move_iterator(waiting.end()));
  waiting.erase(late, waiting.end());
  return taken;
}

void Collection::tell(const std::vector<Waiting>& waiting, const Error& error) {
  for (const Waiting& one : waiting) {
    one.receiver(error);
  }
}

void Collection::serve() {
  Everyone everyone;
  {
    const std::lock_guard lock(mutex_);
    everyone = std::exchange(waiting_, {});
  }
  tell(take_late(everyone.pages), kTooLate);
  if (everyone.empty()) {
    return;
  }
  const bool scraped = !everyone.pages.empty();
  const auto start = Clock::now();
  answer(everyone);
  const std::chrono::duration<double> took = Clock::now() - start;
  self_.observe_scrape(took.count());
  if (scraped) {
    last_scrape_ = {unix_seconds(), took.count()};
  }
}

void Collection::answer(Everyone& everyone) {
  auto snapshot = collector_.collect(now());
  ready_.store(collector_.ready(), std::memory_order_relaxed);  // Relaxed: as in ready().
  if (!snapshot) {
    std::ranges::for_each(everyone.families,
                          [&](const auto& receiver) { receiver(snapshot.error()); });
    tell(everyone.pages, snapshot.error());
    answer_overviews(
        everyone.overviews,
        std::make_shared<const model::Epoch>(model::Epoch{std::make_shared<const model::Snapshot>(),
                                                          self_.collect(collector_.statistics())}),
        snapshot.error().message);
    return;
  }
  self_.set_held_bytes(pages_.held_bytes());
  const aggregate::Statistics statistics = collector_.statistics();
  auto of_jobs = self_.job_processes().measure(statistics.measured_jobs, *snapshot.value());
  const auto epoch = std::make_shared<const model::Epoch>(
      model::Epoch{std::move(snapshot).value(), self_.collect(statistics), std::move(of_jobs)});
  std::ranges::for_each(everyone.families, [&](const auto& receiver) { receiver(epoch); });
  answer_overviews(everyone.overviews, epoch, {});
  answer_pages(everyone.pages, epoch);
}

void Collection::answer_overviews(const std::vector<OverviewReceiver>& overviews,
                                  std::shared_ptr<const model::Epoch> epoch, std::string problem) {
  if (overviews.empty()) {
    return;  // What nobody looks at is not made.
  }
  const auto overview = std::make_shared<const Overview>(
      Overview{std::move(epoch), collector_.census(), std::move(problem), collector_.ready(),
               last_scrape_, unix_seconds()});
  std::ranges::for_each(overviews, [&](const auto& receiver) { receiver(overview); });
}

void Collection::answer_pages(std::vector<Waiting>& waiting,
                              const std::shared_ptr<const model::Epoch>& epoch) {
  const auto what = [](const Waiting& one) {
    return std::tie(one.request.scope, one.request.choice);
  };
  std::ranges::sort(waiting, {}, what);
  std::optional<model::Page> page;
  const model::Scope* scope = nullptr;  // of the page
  for (auto first = waiting.begin(); first != waiting.end();) {
    const auto last = std::find_if(first, waiting.end(),
                                   [&](const Waiting& one) { return what(one) != what(*first); });
    const bool late = std::all_of(
        first, last, [now = Clock::now()](const Waiting& one) { return one.request.until <= now; });
    if (late) {  // The pages before took long: none is made for nobody.
      std::for_each(first, last, [](const Waiting& one) { one.receiver(kTooLate); });
      first = last;
      continue;
    }
    if (scope == nullptr || *scope != first->request.scope) {
      scope = &first->request.scope;
      page.emplace(epoch, *scope);
    }
    PageMaker::Pages pages = pages_.pages(first->request.choice, page->families());
    for (; first != last; ++first) {
      first->receiver(pages.answer(first->request.codings));
    }
  }
}

}  // namespace shmx
