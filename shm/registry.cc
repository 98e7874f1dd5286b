#include "shm/registry.h"

#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "shm/certificate_file.h"
#include "shm/clock.h"
#include "shm/complaint.h"
#include "shm/enter.h"
#include "shm/exemplars.h"
#include "shm/losses.h"
#include "shm/process_options.h"
#include "shm/segment_file.h"
#include "shm/shards.h"
#include "shm/slow_path.h"

namespace shmx {
namespace {

using layout::Loss;

// After a failed attempt to create the segment the next is due after a second, then after twice as
// long each time, at most a minute: a directory that appears is found soon, one that never does
// costs nothing that a service would notice.
constexpr std::int64_t kFirstRetryNs = 1'000'000'000;
constexpr std::int64_t kLastRetryNs = 60 * kFirstRetryNs;

std::int64_t monotonic_ns() noexcept {
  struct timespec now {};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Kinds of problems, each reported once.
enum class Problem : std::uint32_t { attach, growth, refused, limit, options, certificates };

struct Family {
  FamilyDescriptor descriptor;
  std::unique_ptr<const HistogramShape> shape;  ///< handles point to it for ever
  SeriesHandle overflow;
};

// Takes the image's new tail back, unless it was kept.
class Tail {
 public:
  explicit Tail(std::vector<std::byte>& image) noexcept : image_(image), begin_(image.size()) {}
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;
  ~Tail() {
    if (!kept_) {
      image_.resize(begin_);
    }
  }
  std::span<const std::byte> keep() noexcept {
    kept_ = true;
    return std::span<const std::byte>(image_).subspan(begin_);
  }

 private:
  std::vector<std::byte>& image_;
  std::size_t begin_;
  bool kept_ = false;
};

// Everything that the process has declared, whether it is published or not. All members are guarded
// by the mutex, but for the atomics.
class Registry {
 public:
  Registry() noexcept {
    fork_safe_ = pthread_atfork(&Registry::before_fork, &Registry::after_fork_in_parent,
                                &Registry::after_fork_in_child) == 0;
  }
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry() = delete;

  bool configure(const ProcessOptions& options);
  FamilyHandle add_family(const FamilyDescriptor& descriptor);
  SeriesHandle add_series(std::uint32_t family, Labels labels);
  bool enter(bool with_shard, bool now);
  bool republish_certificates();
  /// Whether enter() may get anywhere, asked without the lock.
  bool worth_entering() const noexcept {
    // Relaxed: only hints, decided again under the lock.
    return attached_.load(std::memory_order_relaxed) ||
           monotonic_ns() >= retry_at_ns_.load(std::memory_order_relaxed);
  }
  const HistogramShape* shape(std::uint32_t family) const {
    return family < families_.size() ? families_[family].shape.get() : nullptr;
  }
  std::string path() const { return file_.path(); }

  std::mutex& mutex() noexcept { return mutex_; }

  /// The callback and what it is owed, taken under the lock to be told outside of it.
  struct Report {
    std::function<void(std::string_view)> to;
    std::vector<std::string> problems;
  };
  Report take_report();

 private:
  bool attach();
  bool make_room(std::uint32_t cells);
  void add_certificates(const ProcessOptions& options);
  bool append_certificates(const std::string& pem, std::uint64_t max_segment_bytes);
  void leave_certificates_out(std::size_t count, const std::string& why);
  void lease_shard();
  void note(Problem problem, const std::string& message);
  SeriesHandle append_series(std::uint32_t family, const FamilyDescriptor& descriptor,
                             bool overflow, Labels labels);
  void show_gauge(std::uint32_t cell) noexcept;

  static void before_fork() noexcept;
  static void after_fork_in_parent() noexcept;
  static void after_fork_in_child() noexcept;

  std::mutex mutex_;
  bool fork_safe_ = false;
  ProcessOptions options_;
  std::uint32_t reported_ = 0;
  std::vector<std::string> problems_;
  std::vector<Family> families_;  ///< the index is the ordinal in every segment's directory
  std::unordered_multimap<std::string, std::uint32_t> families_by_name_;
  std::unordered_map<std::string, SeriesHandle> series_;  ///< by family and labels
  std::vector<std::byte> image_;       ///< the directory, as every segment of the process has it
  std::vector<std::uint32_t> gauges_;  ///< declared in this process, not inherited: shown as 0
  std::uint32_t next_cell_ = 1;        ///< cell 0 means no series
  std::string certificates_;           ///< the last in the image
  std::size_t certificate_bytes_ = 0;  ///< of all their records
  bool certificates_read_ = false;
  SegmentFile file_;
  std::atomic<bool> attached_{false};
  std::atomic<std::int64_t> retry_at_ns_{0};
  std::int64_t retry_after_ns_ = kFirstRetryNs;
};

// Lives for ever: threads count until the process is gone, and nothing is destroyed at exit.
Registry& registry() noexcept {
  alignas(Registry) static std::byte storage[sizeof(Registry)];
  static Registry* const instance = new (storage) Registry;
  return *instance;
}

// A copy of the shim in a library that is unloaded would leave threads with destructors in nowhere.
// The link option -z nodelete says the same; this holds also where it was forgotten.
void stay_loaded() noexcept {
  Dl_info self{};
  if (dladdr(reinterpret_cast<void*>(&stay_loaded), &self) != 0 && self.dli_fname != nullptr) {
    dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

// Everything that is made once is made when the copy of the shim is loaded: made at the first
// count, a fork at that instant would leave the child waiting for it for ever, and dlopen under the
// registration lock could wait for a library whose constructors register metrics.
[[maybe_unused]] const bool g_loaded = [] {
  registry();
  native_index(kMaxNativeSchema, 1);  // Makes its table.
  shards::hook_thread_exit();
  remember_stderr();
  stay_loaded();
  return true;
}();

// The thread is inside the registry already: an allocator or a callback that counts would deadlock.
constinit thread_local bool t_inside = false;

// How many ProblemsLater the thread has.
constinit thread_local std::uint32_t t_later = 0;

// Runs `body` under the lock, keeps errno and cancellation out, turns exceptions (no memory) into
// `otherwise`, and tells problems when the lock is free again.
template <typename T, typename Body>
T locked(T otherwise, Body body) noexcept {
  if (t_inside) {
    return otherwise;
  }
  const SlowPath slow_path;
  t_inside = true;
  T result = otherwise;
  Registry& target = registry();
  Registry::Report report;
  try {
    const std::lock_guard lock(target.mutex());
    result = body(target);
    if (t_later == 0) {
      report = target.take_report();
    }
  } catch (...) {
    count_loss(Loss::registrations_dropped);
  }
  t_inside = false;
  for (const std::string& problem : report.problems) {
    try {
      if (report.to) {
        report.to(problem);
      } else {
        complain(problem);
      }
    } catch (...) {  // NOLINT(bugprone-empty-catch): the application's callback must not harm it.
    }
  }
  return result;
}

void Registry::note(Problem problem, const std::string& message) {
  const std::uint32_t bit = 1U << static_cast<std::uint32_t>(problem);
  if ((reported_ & bit) == 0) {
    reported_ |= bit;
    problems_.push_back(message);
  }
}

Registry::Report Registry::take_report() {
  if (problems_.empty()) {
    return {};
  }
  return {options_.on_problem, std::exchange(problems_, {})};
}

bool Registry::configure(const ProcessOptions& options) {
  bool all = true;
  const auto set = [&](auto& ours, const auto& theirs, const char* name) {
    using Value = std::decay_t<decltype(ours)>;
    if (theirs == Value{} || theirs == ours) {
      return;
    }
    if (ours == Value{} && !file_.exists()) {
      ours = theirs;
      return;
    }
    all = false;
    note(Problem::options, std::string("the option ") + name +
                               " holds for the whole process and was set before; its first value "
                               "stays in force");
  };
  set(options_.service, options.service, "service");
  set(options_.directory, options.directory, "directory");
  set(options_.max_series, options.max_series, "max_series");
  set(options_.max_segment_bytes, options.max_segment_bytes, "max_segment_bytes");
  set(options_.certificate_chain_file, options.certificate_chain_file, "certificate_chain_file");
  set(options_.fallback_service, options.fallback_service, "fallback_service");
  if (options.on_problem && !options_.on_problem) {
    options_.on_problem = options.on_problem;
  }
  return all;
}

constexpr char kDropped[] = "; new series are dropped or counted in their family's overflow series";

// Makes room in the segment for the image as it is now. Without a segment there is nothing to do.
bool Registry::make_room(std::uint32_t cells) {
  if (image_.size() > layout::kMaxDirectoryBytes) {
    note(Problem::growth, "the limit of " + std::to_string(layout::kMaxDirectoryBytes) +
                              " bytes of names, labels and exemplars is reached" + kDropped);
    return false;
  }
  if (!file_.exists()) {
    // Refused now rather than with the whole segment later.
    const std::uint64_t limit =
        options_.max_segment_bytes == 0 ? kDefaultMaxSegmentBytes : options_.max_segment_bytes;
    const bool fits = SegmentFile::newborn_bytes(image_.size(), cells) <= limit;
    if (!fits) {
      note(Problem::growth, "the limit of " + std::to_string(limit) +
                                " bytes per segment (option max_segment_bytes) is reached" +
                                kDropped);
    }
    return fits;
  }
  const auto room = file_.reserve(image_.size(), cells);
  if (!room) {
    count_loss(Loss::growth_failures);
    note(Problem::growth, "cannot extend the segment (" + room.error().message + ")" + kDropped);
  }
  return room.ok();
}

// Appends a series to the image, and room for its exemplars if its family has them.
SeriesHandle Registry::append_series(std::uint32_t family, const FamilyDescriptor& descriptor,
                                     bool overflow, Labels labels) {
  const auto record = encode(
      SeriesDescriptor{family, next_cell_, cells_of(descriptor), overflow, std::move(labels)});
  image_.insert(image_.end(), record.begin(), record.end());
  SeriesHandle series{next_cell_, overflow};
  if (descriptor.exemplars && exemplar_slots(descriptor) != 0) {
    // Before this one: those that were asked for, and an overflow series per family.
    const auto ordinal = static_cast<std::uint32_t>(families_.size() + series_.size());
    series.exemplar_slot = append_exemplars(image_, ordinal, exemplar_slots(descriptor));
  }
  return series;
}

// A gauge that this process declared is 0 until it is set; one that a forked child inherited is
// not.
void Registry::show_gauge(std::uint32_t cell) noexcept {
  if (file_.exists()) {
    std::uint64_t never_set = 0;
    // Relaxed: one value, which orders nothing else.
    file_.shard(0)[cell].compare_exchange_strong(
        never_set, gauge_to_cell(0), std::memory_order_relaxed, std::memory_order_relaxed);
  }
}

FamilyHandle Registry::add_family(const FamilyDescriptor& descriptor) {
  const auto [first, last] = families_by_name_.equal_range(descriptor.name);
  for (auto it = first; it != last; ++it) {
    FamilyDescriptor& known = families_[it->second].descriptor;
    if (known.kind != descriptor.kind || known.mode != descriptor.mode ||
        known.ticks_per_unit != descriptor.ticks_per_unit || known.unit != descriptor.unit ||
        known.admits_negative != descriptor.admits_negative) {
      count_loss(Loss::registrations_dropped);
      note(Problem::refused,
           "the family " + descriptor.name +
               " was declared before with another kind, mode, unit or resolution");
      return {};
    }
    if (known.bounds == descriptor.bounds && known.native == descriptor.native) {
      known.exemplars = known.exemplars || descriptor.exemplars;
      return {it->second};
    }
  }
  if (const std::string problem = family_problem(descriptor); !problem.empty()) {
    count_loss(Loss::registrations_dropped);
    note(Problem::refused, "the family " + descriptor.name + " was refused: " + problem);
    return {};
  }
  if (families_.size() >= kMaxFamilies) {
    count_loss(Loss::registrations_dropped);
    note(Problem::limit, "the limit of " + std::to_string(kMaxFamilies) +
                             " families per process is reached; further ones are dropped");
    return {};
  }
  const std::uint32_t cells = cells_of(descriptor);
  const auto id = static_cast<std::uint32_t>(families_.size());
  Family family{descriptor, nullptr, {}};
  if (descriptor.kind == FamilyKind::histogram) {
    family.shape = std::make_unique<const HistogramShape>(descriptor);
  }
  families_.reserve(families_.size() + 1);
  Tail tail(image_);
  const auto record = encode(descriptor);
  image_.insert(image_.end(), record.begin(), record.end());
  family.overflow = append_series(id, descriptor, true, {{std::string(kOverflowLabel), "true"}});
  if (next_cell_ + cells > layout::kMaxCells || !make_room(next_cell_ + cells)) {
    count_loss(Loss::registrations_dropped);
    return {};
  }
  families_by_name_.emplace(descriptor.name, id);
  families_.push_back(std::move(family));
  next_cell_ += cells;
  const auto published = tail.keep();
  if (file_.exists()) {
    file_.append(published);
  }
  return {id};
}

SeriesHandle Registry::add_series(std::uint32_t family, Labels labels) {
  if (family >= families_.size()) {
    count_loss(Loss::registrations_dropped);
    return {};
  }
  std::sort(labels.begin(), labels.end());
  std::string key(reinterpret_cast<const char*>(&family), sizeof(family));
  for (const Label& label : labels) {
    // With their lengths: a value may hold any byte.
    key.append(std::to_string(label.name.size())).append(1, ':').append(label.name);
    key.append(std::to_string(label.value.size())).append(1, ':').append(label.value);
  }
  if (const auto known = series_.find(key); known != series_.end()) {
    return known->second;
  }
  const Family& owner = families_[family];
  if (const std::string problem = labels_problem(labels); !problem.empty()) {
    count_loss(Loss::registrations_dropped);
    note(Problem::refused, "a series of " + owner.descriptor.name + " was refused: " + problem);
    return {};
  }
  const std::uint32_t cells = cells_of(owner.descriptor);
  const std::uint32_t limit =
      options_.max_series == 0 ? kDefaultMaxSeries : std::min(options_.max_series, kMaxSeries);
  const bool too_many = series_.size() >= limit;
  if (too_many || next_cell_ + cells > layout::kMaxCells) {
    count_loss(Loss::overflow_series);
    note(Problem::limit,
         "the limit of " +
             (too_many ? std::to_string(limit) + " series per process (option max_series)"
                       : std::to_string(layout::kMaxCells) + " cells per process") +
             " is reached; further series are counted in their family's overflow series");
    return owner.overflow;
  }
  Tail tail(image_);
  const SeriesHandle series = append_series(family, owner.descriptor, false, std::move(labels));
  gauges_.reserve(gauges_.size() + 1);
  if (!make_room(next_cell_ + cells)) {
    count_loss(Loss::overflow_series);
    return owner.overflow;
  }
  series_.emplace(std::move(key), series);
  next_cell_ += cells;
  if (owner.descriptor.kind == FamilyKind::gauge && owner.descriptor.mode != GaugeMode::in_flight) {
    gauges_.push_back(series.first_cell);
    show_gauge(series.first_cell);
  }
  const auto published = tail.keep();
  if (file_.exists()) {
    file_.append(published);
  }
  return series;
}

void Registry::leave_certificates_out(std::size_t count, const std::string& why) {
  count_loss(Loss::certificates_left_out, count);
  note(Problem::certificates,
       "the certificates of the option certificate_chain_file are not, or not all, published: " +
           why);
}

// Adds what the process presents to the image, and so to the segment if there is one. What goes
// wrong with it must not be a reason to have no segment.
void Registry::add_certificates(const ProcessOptions& options) {
  if (options.certificate_chain_file.empty() || std::exchange(certificates_read_, true)) {
    return;
  }
  const auto read = read_certificates(options.certificate_chain_file);
  if (!read) {
    leave_certificates_out(1, read.error().message);
    return;
  }
  if (read->left_out != 0) {
    leave_certificates_out(
        read->left_out, options.certificate_chain_file + " has " + std::to_string(read->left_out) +
                            " that are damaged, or beyond " +
                            std::to_string(layout::kMaxCertificateBytes) + " bytes of text");
  }
  if (read->pem != certificates_ && !append_certificates(read->pem, options.max_segment_bytes)) {
    leave_certificates_out(1, "the segment has no room for them");
  }
}

bool Registry::append_certificates(const std::string& pem, std::uint64_t max_segment_bytes) {
  Tail tail(image_);
  const auto record = encode_certificates(pem);
  image_.insert(image_.end(), record.begin(), record.end());
  const bool fits =
      certificate_bytes_ + record.size() <= kMaxCertificateRecordBytes &&
      image_.size() <= layout::kMaxDirectoryBytes &&
      (file_.exists() ? file_.reserve(image_.size(), next_cell_).ok()
                      : SegmentFile::newborn_bytes(image_.size(), next_cell_) <= max_segment_bytes);
  if (!fits) {
    return false;
  }
  certificates_ = pem;
  certificate_bytes_ += record.size();
  const auto published = tail.keep();
  if (file_.exists()) {
    file_.append(published);
  }
  return true;
}

bool Registry::republish_certificates() {
  certificates_read_ = false;
  if (file_.exists()) {  // Else when there is one.
    add_certificates(options_);
  }
  return true;
}

bool Registry::attach() {
  const ProcessOptions options = resolved(options_);
  Result<bool> created = Error{"pthread_atfork failed: a forked child would count twice", ENOMEM};
  if (fork_safe_) {
    try {
      add_certificates(options);
      created = file_.create({options.directory, options.service, unix_time_ns(),
                              static_cast<std::uint32_t>(::getpid()), options.max_segment_bytes},
                             image_, next_cell_);
    } catch (
        ...) {  // Only memory fails by exception; the next attempt is due as after any failure.
      file_.abandon();
      created = Error{"out of memory", ENOMEM};
    }
  }
  if (!created) {
    count_loss(Loss::attach_failures);
    // Relaxed: a hint, see worth_entering().
    retry_at_ns_.store(monotonic_ns() + retry_after_ns_, std::memory_order_relaxed);
    retry_after_ns_ = std::min(retry_after_ns_ * 2, kLastRetryNs);
    note(Problem::attach,
         "metrics are dropped until a segment can be created in " + options.directory +
             " (option directory, or SHM_EXPORTER_DIR): " + created.error().message);
    return false;
  }
  options_.service = options.service;
  options_.directory = options.directory;
  options_.certificate_chain_file = options.certificate_chain_file;
  retry_after_ns_ = kFirstRetryNs;
  for (const std::uint32_t cell : gauges_) {
    show_gauge(cell);
  }
  attached_.store(true, std::memory_order_relaxed);  // Relaxed: a hint, see worth_entering().
  mirror_losses(file_.losses());
  shards::set_shared(file_.shard(0));
  exemplars::set_directory(file_.directory());
  return true;
}

// Called by a thread that has no shard yet.
void Registry::lease_shard() {
  std::uint32_t index = shards::lease(file_.shard_count());
  if (index == 0 && file_.shard_count() < layout::kMaxShards) {
    if (const auto added = file_.add_shard(); added) {
      index = shards::lease(file_.shard_count());
    } else {
      count_loss(Loss::growth_failures);
      note(Problem::growth,
           "cannot extend the segment, threads share a shard: " + added.error().message);
    }
  }
  if (index == 0 || !shards::adopt(index, file_.shard(index))) {
    shards::share();
  }
}

bool Registry::enter(bool with_shard, bool now) {
  if (!file_.exists() && ((!now && !worth_entering()) || !attach())) {
    return false;
  }
  if (with_shard) {
    lease_shard();
  }
  return true;
}

void Registry::before_fork() noexcept {
  registry().mutex_.lock();
}

void Registry::after_fork_in_parent() noexcept {
  registry().mutex_.unlock();
}

void Registry::after_fork_in_child() noexcept {
  Registry& self = registry();
  shards::reset_in_child();
  exemplars::set_directory(nullptr);
  reset_losses_in_child();
  self.file_.abandon();
  self.attached_.store(false, std::memory_order_relaxed);  // Relaxed: the child has one thread.
  self.gauges_.clear();                                    // The child has not set them.
  self.problems_.clear();
  // Relaxed: the child has one thread.
  self.retry_at_ns_.store(0, std::memory_order_relaxed);
  self.retry_after_ns_ = kFirstRetryNs;
  self.mutex_.unlock();
}

}  // namespace

bool enter_segment(bool with_shard) noexcept {
  if (!registry().worth_entering()) {
    return false;
  }
  return locked(false, [&](Registry& r) { return r.enter(with_shard, false); });
}

bool configure(const ProcessOptions& options) noexcept {
  return locked(false, [&](Registry& r) { return r.configure(options); });
}

FamilyHandle register_family(const FamilyDescriptor& descriptor) noexcept {
  return locked(FamilyHandle{}, [&](Registry& r) { return r.add_family(descriptor); });
}

SeriesHandle register_series(FamilyHandle family, Labels labels) noexcept {
  return locked(SeriesHandle{},
                [&](Registry& r) { return r.add_series(family.id, std::move(labels)); });
}

const HistogramShape* histogram_shape(FamilyHandle family) noexcept {
  const HistogramShape* const none = nullptr;
  return locked(none, [&](Registry& r) { return r.shape(family.id); });
}

void publish() noexcept {
  locked(false, [](Registry& r) { return r.enter(false, true); });
}

void republish_certificates() noexcept {
  locked(false, [](Registry& r) { return r.republish_certificates(); });
}

ProblemsLater::ProblemsLater() noexcept {
  ++t_later;
}

ProblemsLater::~ProblemsLater() {
  if (--t_later == 0) {
    locked(true, [](Registry& /*registry*/) { return true; });  // tells them
  }
}

std::string segment_path() {
  return locked(std::string(), [](Registry& r) { return r.path(); });
}

}  // namespace shmx
