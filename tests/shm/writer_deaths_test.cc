// The real writer, killed after each machine instruction of an increment, an observation, an
// exemplar, a registration, the creation of its segment, and a fork. What it leaves is a segment
// that can be read, or none yet, and its lock is free; what is read lies between what it had
// counted and what it was about to.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <new>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shim/metrics.h"
#include "shm/file.h"
#include "tests/shm/segment_view.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

constexpr std::int64_t kTicks = 3;  // Of every observation.

// What the writer has begun and ended to count, in memory that survives it.
struct Tally {
  std::atomic<std::uint64_t> attempted{0};
  std::atomic<std::uint64_t> acknowledged{0};
};

Tally& tally() {
  static Tally* const shared =
      new (mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
          Tally;
  return *shared;
}

template <typename Count>
void tallied(Count count) {
  tally().attempted.fetch_add(1);
  count();
  tally().acknowledged.fetch_add(1);
}

// Of the exemplar that is there before the deed, and of the deed's: not a byte in common.
const SpanContext kSpanBefore{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                              {17, 18, 19, 20, 21, 22, 23, 24}};
const SpanContext kSpan{{31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46},
                        {47, 48, 49, 50, 51, 52, 53, 54}};

Counter g_hits;
Histogram g_wait;
Histogram g_native;
Histogram g_both;

void declare() {
  g_hits = counter("hits_total", "Hits.").labels({{"kind", "retail"}});
  const HistogramOptions classic{.bounds = {1, 5}, .ticks_per_unit = 1};
  HistogramOptions with_exemplars = classic;
  with_exemplars.exemplars = true;
  g_wait = histogram("wait", "W.", with_exemplars).labels();
  HistogramOptions native = classic;
  native.native = {.schema = 0, .smallest = 1, .largest = 8};
  native.buckets = BucketKind::native;
  g_native = histogram("native", "N.", native).labels();
  native.buckets = BucketKind::both;
  g_both = histogram("both", "B.", native).labels();
}

// Declared, with a segment and a shard.
void count_before() {
  declare();
  tallied([] { g_hits.add(); });
}

void count_with_exemplar_before() {
  count_before();
  tallied([] { g_wait.observe_ticks(kTicks, kSpanBefore); });
}

// What is stepped through; what is before it runs at full speed.
struct Deed {
  const char* name;
  void (*prepare)();
  void (*act)();
  bool in_child = false;  ///< it is the child that act() forks that is stepped, from its birth on
};

void fork_and_count() {
  if (fork() == 0) {
    tallied([] { g_hits.add(); });
    raise(SIGSTOP);
  }
}

constexpr Deed kDeeds[] = {
    {"increment", count_before, [] { tallied([] { g_hits.add(); }); }},
    {"observation", count_before, [] { tallied([] { g_wait.observe_ticks(kTicks); }); }},
    {"exemplar", count_with_exemplar_before,
     [] { tallied([] { g_wait.observe_ticks(kTicks, kSpan); }); }},
    {"native_observation", count_before, [] { tallied([] { g_native.observe_ticks(kTicks); }); }},
    {"observation_in_both", count_before, [] { tallied([] { g_both.observe_ticks(kTicks); }); }},
    {"registration", count_before,
     [] { tallied([] {
            counter("new_total", "New.").labels({{"a", "b"}}).add();
          }); }},
    {"attach", declare, [] { tallied([] { g_hits.add(); }); }},
    {"fork", count_before, fork_and_count},
    {"fork_child", count_before, fork_and_count, true},
};

[[noreturn]] void live(const Deed& deed, const std::string& directory) {
  ProcessOptions options;
  options.directory = directory;
  configure(options);
  deed.prepare();
  ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  raise(SIGSTOP);
  deed.act();
  raise(SIGSTOP);  // Tells that it is done.
  _exit(1);
}

int wait_for(pid_t pid) {
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, __WALL), pid);
  return status;
}

// A moment of a deed: before an instruction is executed for the nth time.
struct Moment {
  std::uintptr_t address = 0;
  int visit = 0;
};

// A process about to do its deed, one instruction at a time.
class Stepped {
 public:
  Stepped(const Deed& deed, const std::string& directory) {
    pid_ = fork();
    if (pid_ == 0) {
      live(deed, directory);
    }
    EXPECT_TRUE(WIFSTOPPED(wait_for(pid_)));
    constexpr long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK;
    EXPECT_EQ(ptrace(PTRACE_SETOPTIONS, pid_, nullptr, kOptions), 0);
    stepped_ = pid_;
    if (deed.in_child) {
      ptrace(PTRACE_CONT, pid_, nullptr, nullptr);
      take_fork(wait_for(pid_));
      stepped_ = child_;
    }
  }
  Stepped(const Stepped&) = delete;
  Stepped& operator=(const Stepped&) = delete;
  ~Stepped() { die(); }

  /// One instruction. False when the deed is done.
  bool step() {
    EXPECT_EQ(ptrace(PTRACE_SINGLESTEP, stepped_, nullptr, nullptr), 0);
    const int status = wait_for(stepped_);
    if (!WIFSTOPPED(status)) {
      ADD_FAILURE() << "ended by itself: " << status;
      return false;
    }
    if (status >> 16 == PTRACE_EVENT_FORK) {
      take_fork(status);
    }
    return WSTOPSIG(status) != SIGSTOP;
  }

  /// The instruction that is next.
  std::uintptr_t next() const {
    return static_cast<std::uintptr_t>(
        ptrace(PTRACE_PEEKUSER, stepped_, offsetof(user, regs.rip), nullptr));
  }

  /// At full speed to a moment: each visit is a stop by the processor's breakpoint register, as
  /// single steps to it would take a hundred times as long. False when the deed is done before.
  bool run_to(const Moment& moment) {
    constexpr std::uintptr_t kOnExecution = 1;  // DR7: register 0, one byte that is executed.
    set_debug_register(0, moment.address);
    set_debug_register(7, kOnExecution);
    for (int visits = 0; visits < moment.visit;) {
      EXPECT_EQ(ptrace(PTRACE_CONT, stepped_, nullptr, nullptr), 0);
      const int status = wait_for(stepped_);
      if (status >> 16 == PTRACE_EVENT_FORK) {
        take_fork(status);
        continue;
      }
      if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
        return false;
      }
      ++visits;
    }
    return true;
  }

  /// kill -9 of all there is.
  void die() {
    for (pid_t* const pid : {&stepped_, &child_, &pid_}) {
      if (*pid > 0) {
        kill(*pid, SIGKILL);
        while (waitpid(*pid, nullptr, __WALL) > 0) {
        }
        *pid = -1;
      }
    }
  }

 private:
  void set_debug_register(std::size_t index, std::uintptr_t value) {
    const std::size_t offset = offsetof(user, u_debugreg) + index * sizeof(value);
    EXPECT_EQ(ptrace(PTRACE_POKEUSER, stepped_, offset, value), 0);
  }

  void take_fork(int status) {
    EXPECT_EQ(status >> 16, PTRACE_EVENT_FORK);
    unsigned long child = 0;
    EXPECT_EQ(ptrace(PTRACE_GETEVENTMSG, pid_, nullptr, &child), 0);
    child_ = static_cast<pid_t>(child);
    EXPECT_TRUE(WIFSTOPPED(wait_for(child_)));
  }

  pid_t pid_ = -1;
  pid_t child_ = -1;
  pid_t stepped_ = -1;
};

// The moments of one life's deed: one after each instruction.
std::vector<Moment> moments_once(const Deed& deed) {
  const TempDir dir;
  Stepped writer(deed, dir.path());
  std::vector<Moment> moments;
  std::map<std::uintptr_t, int> visits;
  while (writer.step()) {
    const std::uintptr_t next = writer.next();
    moments.push_back({next, ++visits[next]});
  }
  return moments;
}

// What nobody reads yet: its lock must be free all the same, so that the agent may remove it.
void remove_unfinished(const std::string& directory) {
  for (const std::string& name : files_in(directory)) {
    if (name.front() == '.') {
      const std::string path = std::string(directory).append("/").append(name);
      const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
      EXPECT_EQ(segment_lock_state(fd.get()), LockState::free) << name;
      unlink(path.c_str());
    }
  }
}

// What a writer left that is dead now. Every count of these tests is 1, or kTicks observed.
void expect_whole(const std::string& directory) {
  remove_unfinished(directory);
  std::uint64_t counted = 0;
  for (const SegmentView& segment : read_segments(directory)) {
    EXPECT_EQ(segment.lock, LockState::free);
    for (const SeriesView& series : segment.series) {
      if (series.family.kind != FamilyKind::histogram) {
        counted += series.cells[0];
        continue;
      }
      // What is counted last is the classic bucket, if there is one.
      const std::vector<std::uint64_t> classic = series.classic();
      const std::uint64_t in_classic = std::accumulate(classic.begin(), classic.end(), 0ULL);
      counted += classic.empty() ? series.count() : in_classic;
      EXPECT_LE(in_classic, series.count()) << "classic buckets ahead of the native ones";
      EXPECT_GE(series.sum(), series.count() * kTicks) << "a sum behind its count";
      EXPECT_LE(series.sum(), tally().attempted * kTicks);
      for (const ExemplarReading& exemplar : series.exemplars) {
        EXPECT_EQ(exemplar.ticks, kTicks);
        EXPECT_TRUE(exemplar.span == kSpan || exemplar.span == kSpanBefore) << "a mixture";
      }
    }
  }
  EXPECT_LE(tally().acknowledged, counted);
  EXPECT_LE(counted, tally().attempted);
}

// The moments of the shortest of some lives: now and then the allocator takes a longer way.
std::vector<Moment> moments_of(const Deed& deed) {
  std::vector<Moment> shortest = moments_once(deed);
  for (int again = 0; again < 4; ++again) {
    std::vector<Moment> moments = moments_once(deed);
    if (moments.size() < shortest.size()) {
      shortest = std::move(moments);
    }
  }
  return shortest;
}

// Every life is one process: by default one dies after every third instruction, with SHMX_FULL=1
// after each.
std::size_t stride() {
  const char* const full = std::getenv("SHMX_FULL");
  return full != nullptr && std::string_view(full) == "1" ? 1 : 3;
}

class WriterDeathsTest : public testing::TestWithParam<Deed> {};

TEST_P(WriterDeathsTest, LeavesWhatWasCounted) {
  const std::vector<Moment> moments = moments_of(GetParam());
  ASSERT_GT(moments.size(), 50);
  std::size_t unreached = 0;
  for (std::size_t i = 0; i < moments.size(); i += stride()) {
    SCOPED_TRACE("killed after instruction " + std::to_string(i + 1));
    tally().attempted = 0;
    tally().acknowledged = 0;
    const TempDir dir;
    Stepped writer(GetParam(), dir.path());
    unreached += writer.run_to(moments[i]) ? 0 : 1;
    writer.die();
    expect_whole(dir.path());
  }
  // A life may be shorter than the one that was stepped: where the clock ticks while it is read, it
  // is read again, which happens to all that are stepped on a loaded machine.
  EXPECT_LE(unreached, moments.size() / stride() / 4);
}

INSTANTIATE_TEST_SUITE_P(, WriterDeathsTest, testing::ValuesIn(kDeeds),
                         [](const auto& deed) { return std::string(deed.param.name); });

}  // namespace
}  // namespace shmx::test
