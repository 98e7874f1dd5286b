// Crowds that mean no good, at each door: however many they are, whoever is quick is served, and
// the memory that they take is bounded.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"
#include "tests/agent/web/tls_client.h"
#include "tests/agent/web/web_configs.h"

namespace shmx::web {
namespace {

using shmx::testing::Authority;

/// All connections that the server grants, each with its buffers, its fields (a node and two
/// strings for each three bytes of a head, at worst) and its TLS session: 256 x 512 KiB.
constexpr long kMostGrowthBytes = 256L * 512 * 1024;

#ifdef __has_feature  // clang's, whose sanitizers are used
#if __has_feature(address_sanitizer)
#define SHMX_SANITIZES_ADDRESSES
#endif
#endif

/// What AddressSanitizer keeps of what was freed (256 MiB), so that its use is seen, and as much
/// again for the zones that it puts around each small allocation.
#ifdef SHMX_SANITIZES_ADDRESSES
constexpr long kSanitizerBytes = 512L * 1024 * 1024;
#else
constexpr long kSanitizerBytes = 0;
#endif

long resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  long virtual_pages = 0;
  long resident_pages = 0;
  statm >> virtual_pages >> resident_pages;
  return resident_pages * ::sysconf(_SC_PAGESIZE);
}

/// Descriptors for both ends of the crowd that is served, and for one end of the others.
void allow_descriptors(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, count);
  limit.rlim_max = std::max(limit.rlim_max, count);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0) << "the test needs " << count << " descriptors";
}

/// Connections that say something and then nothing more.
class Crowd {
 public:
  Crowd() = default;
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd() {
    for (const int member : members_) ::close(member);
  }
  void join(const std::string& address, const std::string& bytes) {
    members_.push_back(connect_to(address));
    // One that was cut already is none the less one of many.
    ::send(members_.back(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

 private:
  std::vector<int> members_;
};

struct Behaviour {
  const char* name;
  std::size_t count;
  std::string bytes;
};

void PrintTo(const Behaviour& behaviour, std::ostream* out) {
  *out << behaviour.name;
}

void expect_served(const std::string& address, const Behaviour& behaviour,
                   const std::function<int()>& good_client) {
  constexpr std::size_t kSpareDescriptors = 1000;
  constexpr std::size_t kBetweenGoodClients = 100;
  allow_descriptors(behaviour.count + kSpareDescriptors);
  EXPECT_EQ(good_client(), 200);  // what is made once is there before memory is looked at
  const long before = resident_bytes();
  Crowd crowd;
  for (std::size_t i = 0; i < behaviour.count; ++i) {
    crowd.join(address, behaviour.bytes);
    if (i % kBetweenGoodClients == 0) {
      ASSERT_EQ(good_client(), 200) << "after " << i;
    }
  }
  EXPECT_EQ(good_client(), 200);
  const long growth = resident_bytes() - before;
  ::testing::Test::RecordProperty("growth_bytes", std::to_string(growth));
  EXPECT_LT(growth, kMostGrowthBytes + kSanitizerBytes);
}

/// As many fields as a head may have.
std::string many_fields() {
  std::string head = "GET /metrics HTTP/1.1\r\nHost: test\r\n";
  while (head.size() < 16'000) head += "a:\r\n";
  return head;
}

constexpr std::size_t kMany = 10'000;
constexpr std::size_t kSome = 1'000;
constexpr std::size_t kFew = 200;  // Each head takes long to parse: 3,000 fields.

class PlainDoor : public ::testing::TestWithParam<Behaviour> {};

TEST_P(PlainDoor, StaysOpen) {
  RunningServer server;
  expect_served(server.address(), GetParam(),
                [&] { return Client(server.address()).get("/metrics").status(); });
}

INSTANTIATE_TEST_SUITE_P(
    Table, PlainDoor,
    ::testing::Values(
        Behaviour{"idle", kMany, ""}, Behaviour{"idle after a request", kSome, get_request("/")},
        Behaviour{"slow headers", kSome, "GET /metrics HTTP/1.1\r\nX: "},
        Behaviour{"many headers", kFew, many_fields()},
        Behaviour{"slow bodies", kSome,
                  "POST /reload HTTP/1.1\r\nHost: test\r\nContent-Length: 4096\r\n\r\n" +
                      std::string(4000, 'x')},
        Behaviour{"large bodies", kSome,
                  "POST /reload HTTP/1.1\r\nHost: test\r\nContent-Length: 4096000\r\n\r\n"},
        Behaviour{"endless chunks", kSome,
                  "POST /reload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" +
                      std::string(16'000, '0')},
        Behaviour{"TLS", kSome, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
        Behaviour{"noise", kSome, std::string(16'000, '\xa5')}));

class TlsDoor : public ::testing::TestWithParam<Behaviour> {};

TEST_P(TlsDoor, StaysOpen) {
  const Authority authority;
  Options options;
  options.config = config_of(authority.issue("DNS:agent.example"));
  RunningServer server(options);
  expect_served(server.address(), GetParam(),
                [&] { return TlsClient(server.address(), {}).get("/metrics").status(); });
}

INSTANTIATE_TEST_SUITE_P(
    Table, TlsDoor,
    ::testing::Values(Behaviour{"idle", kMany, ""},
                      Behaviour{"noise", kMany, std::string(512, '\xa5')},
                      Behaviour{"half a hello", kSome,
                                std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
                      Behaviour{"half a large record", kSome,
                                std::string("\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03", 11) +
                                    std::string(16'000, '\x01')},
                      Behaviour{
                          "a record that is too large", kSome,
                          std::string("\x17\x03\x03\xff\xff", 5) + std::string(20'000, '\x01')},
                      Behaviour{"alerts", kSome, std::string("\x15\x03\x03\x00\x02\x01\x00", 7)},
                      Behaviour{"HTTP", kSome, get_request("/metrics")}));

/// They ask for a page, see that it begins, and do not read on.
TEST(SlowReaders, MakeRoomForOthers) {
  Options options;
  options.limits.connections = 4;
  RunningServer server(options);
  std::vector<std::unique_ptr<Client>> readers;
  for (int i = 0; i < 12; ++i) {
    readers.push_back(std::make_unique<Client>());
    readers.back()->receive_little();
    readers.back()->connect(server.address());
    readers.back()->send(get_request("/large"));
    EXPECT_EQ(readers.back()->receive_head().status(), 200);
    EXPECT_EQ(Client(server.address()).get("/metrics").status(), 200);
  }
}

TEST(SlowReaders, OfOnePageMakeRoomForItsOtherReaders) {
  Options options;
  options.max_large = 2;
  RunningServer server(options);
  std::vector<std::unique_ptr<Client>> readers;
  for (int i = 0; i < 6; ++i) {
    readers.push_back(std::make_unique<Client>());
    readers.back()->receive_little();
    readers.back()->connect(server.address());
    readers.back()->send(get_request("/large"));
    EXPECT_EQ(readers.back()->receive_head().status(), 200);
  }
  EXPECT_EQ(Client(server.address()).get("/large").body.size(), server.large_body->size());
  EXPECT_LT(readers.front()->receive_all().size(), server.large_body->size());
}

TEST(SlowReaders, OfTlsMakeRoomToo) {
  const Authority authority;
  Options options;
  options.config = config_of(authority.issue("DNS:agent.example"));
  options.limits.connections = 4;
  RunningServer server(options);
  std::vector<std::unique_ptr<TlsClient>> readers;
  for (int i = 0; i < 12; ++i) {
    readers.push_back(std::make_unique<TlsClient>(server.address(), TlsWishes{}));
    readers.back()->send(get_request("/large"));
    EXPECT_EQ(TlsClient(server.address(), {}).get("/metrics").status(), 200);
  }
}

TEST(OldClients, AreCutBeforeYoungOnesWhateverTheyWaitWith) {
  Options options;
  options.limits.connections = 3;
  RunningServer server(options);
  Client first(server.address());
  EXPECT_EQ(first.get("/metrics").status(), 200);
  Client slow(server.address());
  slow.send("GET /metrics HTTP/1.1\r\n");
  Client third(server.address());
  EXPECT_EQ(third.get("/metrics").status(), 200);
  EXPECT_EQ(first.get("/metrics").status(), 200);  // it is the youngest now
  EXPECT_EQ(Client(server.address()).get("/metrics").status(), 200);
  EXPECT_TRUE(slow.is_closed());
  EXPECT_EQ(third.get("/metrics").status(), 200);
  EXPECT_EQ(first.get("/metrics").status(), 200);
}

}  // namespace
}  // namespace shmx::web
