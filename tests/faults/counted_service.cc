// A process of the fault injection: its threads count at random (by a seed) through the shim's
// public API, and note every count in a tally before and after it. It lives until it has counted
// what it was told to, or until it is killed. What it does wrong is the harness's to see: it checks
// nothing itself.
//
//   counted_service --describe
//   counted_service TALLY_FILE SLOT SEED THREADS COUNTS FORK_AT ENDING END_LABEL LIFE_FD
//
// COUNTS per thread, 0: endless. FORK_AT: before which count of the first thread it forks, -1:
// never. The child does as its parent, but does not fork. LIFE_FD is a descriptor whose closing
// tells the harness that nobody of this life counts any more.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "shim/metrics.h"
#include "tests/faults/tally.h"

namespace shmx::test {
namespace {

constexpr int kNiceness = 5;

struct Life {
  Tally* tally = nullptr;
  std::uint64_t seed = 0;
  std::size_t threads = 1;
  std::uint64_t counts = 0;
  std::int64_t fork_at = -1;
  std::string ending;
  std::string end_label;
  std::size_t process = 0;  ///< 1 in a forked child
};

int describe() {
  std::printf("{\"bytes\": %zu, \"kinds\": %zu, \"lanes\": %zu, \"bounds\": [", sizeof(Tally),
              kKinds, kLanes);
  for (const std::uint64_t bound : kBoundTicks) {
    std::printf("%s%lu", bound == kBoundTicks.front() ? "" : ", ", bound);
  }
  std::puts("]}");
  return 0;
}

std::vector<double> bounds() {
  std::vector<double> units;
  units.reserve(kBoundTicks.size());
  for (const std::uint64_t ticks : kBoundTicks) {
    units.push_back(static_cast<double>(ticks) / kNanosecondTicks);
  }
  return units;
}

// The families, declared before the first thread counts; a copy is a handle.
struct Families {
  CounterFamily events = counter("life_events_total", "Whole numbers.");
  CounterFamily cost = counter("life_cost_seconds_total", "Fractions.",
                               {.ticks_per_unit = kNanosecondTicks, .unit = "seconds"});
  HistogramFamily wait =
      histogram("life_wait_seconds", "Fractions in buckets of both kinds.",
                {.bounds = bounds(), .buckets = BucketKind::both, .native = {.schema = 1}});
};

// One thread's counting.
class Worker {
 public:
  Worker(const Life& life, const Families& families, std::size_t index)
      : life_(life),
        families_(families),
        lane_(life.process * kThreads + index),
        random_(life.seed * kLanes + lane_) {}

  void count_once() {
    const std::size_t kind = pick(kKinds);
    const std::uint64_t ticks = pick(kMostTicks);
    switch (pick(4)) {
      case 0: {
        const Counter events = series(events_[kind], families_.events, kind);
        noted(std::array{Note{kind, Quantity::events, 1}}, [&] { events.add(); });
        break;
      }
      case 1: {
        const Counter cost = series(cost_[kind], families_.cost, kind);
        noted(std::array{Note{kind, Quantity::cost, ticks}},
              [&] { cost.add_fraction(static_cast<double>(ticks) / kNanosecondTicks); });
        break;
      }
      default:
        observe(kind, ticks);
    }
  }

  std::uint64_t pick(std::uint64_t choices) { return random_() % choices; }

 private:
  struct Note {
    std::size_t kind;
    Quantity quantity;
    std::uint64_t amount;
    std::size_t offset = 0;  ///< of the bucket
  };

  // The series of a kind, registered when it is first needed.
  template <typename Series, typename Family>
  const Series& series(std::optional<Series>& known, const Family& family, std::size_t kind) const {
    if (!known) {
      known = family.labels({{"kind", std::to_string(kind)}, {"end", life_.end_label}});
    }
    return *known;
  }

  // Adds the notes' amounts to one side of the tally.
  template <std::size_t kNotes>
  void note(Side& side, const std::array<Note, kNotes>& notes) const {
    for (const Note& what : notes) {
      Number& number =
          side[what.kind][static_cast<std::size_t>(what.quantity) + what.offset][lane_];
      // Only this thread writes it. Release: the count itself stays on its side of the note.
      number.store(number.load(std::memory_order_relaxed) + what.amount, std::memory_order_release);
    }
  }

  template <std::size_t kNotes, typename Count>
  void noted(const std::array<Note, kNotes>& notes, Count count) const {
    note(life_.tally->attempted, notes);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // The compiler moves nothing across.
    count();
    std::atomic_signal_fence(std::memory_order_seq_cst);
    note(life_.tally->acknowledged, notes);
  }

  void observe(std::size_t kind, std::uint64_t ticks) {
    const auto bucket = static_cast<std::size_t>(
        std::lower_bound(kBoundTicks.begin(), kBoundTicks.end(), ticks) - kBoundTicks.begin());
    const Histogram wait = series(wait_[kind], families_.wait, kind);
    const bool as_ticks = pick(2) == 0;
    const std::array notes = {Note{kind, Quantity::sum, ticks},
                              Note{kind, Quantity::buckets, 1, bucket}};
    noted(notes, [&] {
      if (as_ticks) {
        wait.observe_ticks(static_cast<std::int64_t>(ticks));
      } else {
        wait.observe(static_cast<double>(ticks) / kNanosecondTicks);
      }
    });
  }

  const Life& life_;
  const Families& families_;
  std::size_t lane_;
  std::mt19937_64 random_;
  std::array<std::optional<Counter>, kKinds> events_;
  std::array<std::optional<Counter>, kKinds> cost_;
  std::array<std::optional<Histogram>, kKinds> wait_;
};

[[noreturn]] void end(const std::string& ending) {
  if (ending == "exec") {
    execlp("true", "true", nullptr);
    std::abort();
  }
  if (ending == "exit_now") {
    _exit(0);
  }
  std::exit(0);
}

void count_in_threads(const Life& life, const Families& families);

// A child that is to be killed is killed with its parent. The parent may be gone already.
[[noreturn]] void live_as_child(const Life& parents, const Families& families, pid_t parent) {
  if (parents.counts == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
      raise(SIGKILL);
    }
  }
  static const Life life = [&] {
    Life mine = parents;
    mine.process = 1;
    mine.fork_at = -1;
    return mine;
  }();
  count_in_threads(life, families);
  end(life.ending);
}

void work(const Life& life, const Families& families, std::size_t index) {
  Worker worker(life, families, index);
  for (std::uint64_t i = 0; life.counts == 0 || i < life.counts; ++i) {
    if (index == 0 && static_cast<std::int64_t>(i) == life.fork_at) {
      const pid_t parent = getpid();
      if (fork() == 0) {
        live_as_child(life, families, parent);
      }
    }
    worker.count_once();
  }
}

void count_in_threads(const Life& life, const Families& families) {
  // Never destroyed: a forked child has a copy of what can be joined in its parent alone.
  auto& threads = *new std::vector<std::thread>;
  for (std::size_t i = 1; i < life.threads; ++i) {
    threads.emplace_back([&life, &families, i] { work(life, families, i); });
  }
  work(life, families, 0);
  if (life.ending == "main_thread_first") {
    // The others go on: the process ends with the last of them. What they refer to lives for ever.
    for (std::thread& thread : threads) {
      thread.detach();
    }
    pthread_exit(nullptr);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

Tally* map_tally(const char* path, std::size_t slot) {
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  void* const at = mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                        static_cast<off_t>(slot * sizeof(Tally)));
  close(fd);
  if (at == MAP_FAILED) {
    std::perror(path);
    std::exit(1);
  }
  return static_cast<Tally*>(at);
}

int run(char** arguments) {
  // Not on the stack: threads outlive main's.
  static const Life life{map_tally(arguments[0], std::stoul(arguments[1])),
                         std::stoull(arguments[2]),
                         std::stoul(arguments[3]),
                         std::stoull(arguments[4]),
                         std::stoll(arguments[5]),
                         arguments[6],
                         arguments[7]};
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // Not without a harness.
  // Whoever watches comes first, however much is counted.
  static_cast<void>(nice(kNiceness));
  fcntl(std::stoi(arguments[8]), F_SETFD, FD_CLOEXEC);
  static const Families families;
  count_in_threads(life, families);
  end(life.ending);
}

}  // namespace
}  // namespace shmx::test

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--describe") {
    return shmx::test::describe();
  }
  if (argc != 10) {
    std::fputs("usage: see the source\n", stderr);
    return 1;
  }
  return shmx::test::run(argv + 1);
}
