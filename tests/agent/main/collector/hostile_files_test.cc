// Anything may lie in a segment directory: each refused by its reason, once, and everybody else's
// numbers are right.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

#include "shm/layout.h"
#include "tests/agent/main/collector/collected.h"

namespace shmx::testing {
namespace {

using ::testing::Contains;
using ::testing::Pair;

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A file at whose size nothing was ever written.
void make_sparse(const std::string& path, off_t bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  EXPECT_EQ(::ftruncate(fd, bytes), 0);
  ::close(fd);
}

void make_socket(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ::close(fd);
}

struct Intruder {
  std::string name;    ///< of the test
  std::string reason;  ///< that it is counted by
  /// Puts it into the directory; `segment` is a good segment's bytes.
  void (*plant)(const TemporaryDirectory& directory, const std::string& segment);
};

void PrintTo(const Intruder& intruder, std::ostream* out) {
  *out << intruder.name;
}

const Intruder kIntruders[] = {
    {"Garbage", "not_a_segment",
     [](const TemporaryDirectory& d, const std::string&) {
       d.write("garbage.shmx", std::string(8192, 'x'));
     }},
    {"EmptyFile", "truncated",
     [](const TemporaryDirectory& d, const std::string&) { d.write("empty.shmx", ""); }},
    {"TruncatedSegment", "truncated",
     [](const TemporaryDirectory& d, const std::string& segment) {
       d.write("short.shmx", segment.substr(0, layout::kPageBytes * 2));
     }},
    {"Directory", "directory",
     [](const TemporaryDirectory& d, const std::string&) {
       std::filesystem::create_directory(d.file("sub.shmx"));
     }},
    {"Fifo", "fifo",
     [](const TemporaryDirectory& d, const std::string&) {
       ASSERT_EQ(::mkfifo(d.file("pipe.shmx").c_str(), 0600), 0);
     }},
    {"Symlink", "symlink",
     [](const TemporaryDirectory& d, const std::string& segment) {
       d.write(".target", segment);
       std::filesystem::create_symlink(d.file(".target"), d.file("link.shmx"));
     }},
    {"Socket", "special_file",
     [](const TemporaryDirectory& d, const std::string&) { make_socket(d.file("sock.shmx")); }},
    {"ForeignName", "foreign_name",
     [](const TemporaryDirectory& d, const std::string& segment) {
       d.write("notes.txt", segment);
     }},
    {"SparseFile", "sparse",
     [](const TemporaryDirectory& d, const std::string&) {
       make_sparse(d.file("sparse.shmx"), 1 << 20);
     }},
    {"TooLargeFile", "too_large",
     [](const TemporaryDirectory& d, const std::string&) {
       make_sparse(d.file("huge.shmx"), off_t{1} << 40);
     }},
    {"AnotherMajor", "version",
     [](const TemporaryDirectory& d, const std::string& segment) {
       std::string bytes = segment;
       bytes[4] = static_cast<char>(layout::kMajor + 1);
       d.write("future.shmx", bytes);
     }},
};

class HostileFiles : public ::testing::TestWithParam<Intruder> {};

TEST_P(HostileFiles, AreCountedOnceByReasonAndHarmNobody) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 3");
  GetParam().plant(agent.directory, bytes_of(writer.run("path")));
  const auto names = agent.directory.names();
  for (int i = 1; i <= 3; ++i) {
    agent.collector->rescan(agent.now);
    agent.collector->on_inotify(agent.now);
    writer.run("add orders 1");
    EXPECT_THAT(agent.scrape(), Contains(Pair("orders_total{job=\"shop\"}", 3 + i)));
    const aggregate::Statistics statistics = agent.collector->statistics();
    EXPECT_THAT(statistics.segments_refused_total, Contains(Pair(GetParam().reason, 1)));
    std::uint64_t all = 0;
    for (const auto& [reason, count] : statistics.segments_refused_total) {
      all += count;
    }
    EXPECT_EQ(all, 1U) << "one file, one refusal";
    EXPECT_EQ(statistics.segments_refused, 1U);
    EXPECT_EQ(statistics.segments_live, 1U);
  }
  EXPECT_EQ(agent.directory.names(), names) << "what is not a segment is not the agent's to remove";
}

INSTANTIATE_TEST_SUITE_P(All, HostileFiles, ::testing::ValuesIn(kIntruders),
                         [](const auto& instance) { return instance.param.name; });

TEST(HostileFilesAtStart, AllAtOnceAreCountedEachByItsReason) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 3");
  const std::string segment = bytes_of(writer.run("path"));
  std::map<std::string, std::uint64_t> expected;
  for (const Intruder& intruder : kIntruders) {
    intruder.plant(agent.directory, segment);
    ++expected[intruder.reason];
  }
  CollectorConfig config;
  config.directories = {agent.directory.path()};
  Collector late(std::move(config));
  late.rescan({});
  EXPECT_THAT(values_of(*late.collect({}).value()),
              Contains(Pair("orders_total{job=\"shop\"}", 3)));
  for (const auto& [reason, count] : expected) {
    EXPECT_THAT(late.statistics().segments_refused_total, Contains(Pair(reason, count)));
  }
}

TEST(HostileFilesAtStart, ASegmentThatIsStillBeingCopiedIsReadWhenItIsClosed) {
  Collected agent;
  std::string segment;
  {
    TemporaryDirectory elsewhere;
    WriterProcess writer(elsewhere.path(), "shop");
    writer.run("counter orders orders_total");
    writer.run("add orders 3");
    segment = bytes_of(writer.run("path"));
  }
  {
    std::ofstream copy(agent.directory.file("copy.shmx"), std::ios::binary);
    agent.collector->on_inotify(agent.now);
    EXPECT_EQ(agent.collector->statistics().segments_refused, 0U);
    copy << segment;
  }
  EXPECT_THAT(agent.scrape(), Contains(Pair("orders_total{job=\"shop\"}", 3)));
}

TEST(ReservedNames, AreLeftOutAndTheRestIsServed) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  for (const std::string name :
       {"up", "ALERTS", "scrape_duration_seconds", "target_info", "shm_exporter_job_processes"}) {
    writer.run("gauge g " + name + " mode=sum");
    writer.run("set g 66");
  }
  for (const std::string label :
       {"job", "instance", "tenant", "uid", "pid", "le", "quantile", "exported_job", "__name__"}) {
    writer.run("counter c orders_total label:" + label + "=bank");
    writer.run("add c 66");
  }
  writer.run("counter ok orders_total kind=x");
  writer.run("add ok 1");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\",kind=\"x\"}", 1)));
  for (const auto& [sample, value] : page) {
    EXPECT_NE(value, 66) << sample;
  }
  const aggregate::Statistics statistics = agent.collector->statistics();
  EXPECT_EQ(statistics.families_refused_total.at("reserved_family"), 5U);
  EXPECT_EQ(statistics.series_refused_total.at("reserved_label"), 9U);
}

}  // namespace
}  // namespace shmx::testing
