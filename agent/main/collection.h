// The collector's thread: watches the directories, and collects and renders pages when asked.
// Between requests it wakes for inotify and the rescan timer only.
#ifndef SHM_EXPORTER_AGENT_MAIN_COLLECTION_H
#define SHM_EXPORTER_AGENT_MAIN_COLLECTION_H

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/main/collector/collector.h"
#include "agent/main/page_maker.h"
#include "agent/model/page.h"
#include "agent/render/format.h"
#include "agent/self/self_metrics.h"
#include "agent/status/status.h"
#include "agent/web/content_coding.h"
#include "shm/result.h"

namespace shmx {

class Collection {
 public:
  using Clock = std::chrono::steady_clock;
  using Answer = PageMaker::Answer;
  using Receiver = std::function<void(const Result<Answer>&)>;
  using Families = Result<std::shared_ptr<const model::Epoch>>;
  using FamiliesReceiver = std::function<void(const Families&)>;

  /// What a status is made of, as far as the collector knows it.
  struct Overview {
    std::shared_ptr<const model::Epoch> epoch;  ///< with nothing collected where there is a problem
    status::Census census;
    std::string problem;  ///< why nothing could be collected; empty: it was
    bool ready = false;
    std::optional<status::Scrape> last_scrape{};  ///< for pages of metrics
    double time_seconds = 0;                      ///< since 1970
  };
  using OverviewReceiver = std::function<void(std::shared_ptr<const Overview>)>;

  /// What a client wants.
  struct Request {
    model::Scope scope{};
    render::Choice choice{};
    web::ContentCodings codings{};
    Clock::time_point until = Clock::time_point::max();  ///< nobody waits for it any more
  };

  /// `held_bytes` bounds the pages that responses hold (see held_bytes.h). `self` outlives this.
  /// Nothing is read or removed before start(). `failed` is called, on the collector's thread, when
  /// that cannot go on (no memory in the middle of its work): its totals are not to be shown any
  /// more, and those of the state are whole.
  Collection(CollectorConfig config, std::chrono::milliseconds rescan_interval,
             std::size_t held_bytes, self::SelfMetrics& self,
             std::function<void(const std::string&)> failed);
  ~Collection();

  /// Every answer will have its digest. Before start().
  void enable_digests() noexcept { pages_.enable_digests(); }

  /// Starts the thread and its first scan; requests made before wait for it. Once, when the agent
  /// is sure to serve: dead segments leave the directory for the totals in this process.
  void start();
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  /// Asks for a page of now. Requests that wait for the same collection share it, and those of
  /// equal scopes and choices share the page, plain and compressed. `receiver` is called once, on
  /// the collector's thread or, when its time is over, in a later request(); an error (ETIMEDOUT
  /// then, or as PageMaker says) is for the log, not for clients.
  void request(Request request, Receiver receiver);

  /// Asks for the families of now, for who encodes them elsewhere. They come out of the same
  /// collection as the pages that are asked for meanwhile. `receiver` is called once, on the
  /// collector's thread, and must return soon.
  void request_families(FamiliesReceiver receiver);

  /// `receiver` is called on the collector's thread, in its turn: not while that is at something
  /// else, nor before the first scan has been tried. Any thread.
  void request_statistics(std::function<void(const aggregate::Statistics&)> receiver);

  /// Asks for an overview of now, in the same way. There is one also where there is no page.
  void request_overview(OverviewReceiver receiver);

  /// See Collector::use_policy() and use_service_identities(); `service_authorities` is PEM. Any
  /// thread; what is asked for afterwards is of the new policy.
  void use_policy(const identity::Policy& policy, std::string service_authorities);

  /// These jobs' pages have process_* metrics from now on. Any thread.
  void use_process_metrics(std::set<std::string> jobs);

  /// Whether the first scan is complete. Any thread.
  bool ready() const noexcept;

 private:
  struct Waiting {
    Request request;
    Receiver receiver;
  };

  static std::vector<Waiting> take_late(std::vector<Waiting>& waiting);
  static void tell(const std::vector<Waiting>& waiting, const Error& error);

  /// All who wait for the next collection.
  struct Everyone {
    std::vector<Waiting> pages;
    std::vector<FamiliesReceiver> families;
    std::vector<OverviewReceiver> overviews;
    bool empty() const noexcept { return pages.empty() && families.empty() && overviews.empty(); }
  };

  void ask_for_collection();
  void watch();
  void rescan();
  void serve();
  void answer(Everyone& everyone);
  void answer_overviews(const std::vector<OverviewReceiver>& overviews,
                        std::shared_ptr<const model::Epoch> epoch, std::string problem);
  void answer_pages(std::vector<Waiting>& waiting,
                    const std::shared_ptr<const model::Epoch>& epoch);

  Collector collector_;
  std::chrono::milliseconds rescan_interval_;
  self::SelfMetrics& self_;
  std::function<void(const std::string&)> failed_;
  std::atomic<bool> ready_{false};
  std::mutex mutex_;
  Everyone waiting_;  ///< guarded by mutex_
  PageMaker pages_;
  std::optional<status::Scrape> last_scrape_;  ///< the collector's thread
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::posix::stream_descriptor inotify_;
  boost::asio::steady_timer timer_;
  std::thread thread_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_COLLECTION_H
