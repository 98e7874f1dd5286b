// The audit log: records per second from record() into the file, what record() costs its caller,
// and the SHA-256 of a page of 100 KB.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "agent/audit/digest.h"
#include "agent/audit/log.h"

namespace {

using shmx::audit::Event;
using shmx::audit::Log;

constexpr std::size_t kPageBytes = 100'000;
constexpr int kBatch = 10'000;  // Less than the queue holds.

/// In SHM_EXPORTER_DIR, which bench/report.py sets, or in a directory of its own.
class Place {
 public:
  Place() {
    const char* const base = std::getenv("SHM_EXPORTER_DIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/audit-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
    std::FILE* const file = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    ::chmod(key_file().c_str(), 0600);
  }
  ~Place() { std::filesystem::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::unique_ptr<Log> open() const {
    auto log = Log::open({.directory = path_ + "/log", .key_file = key_file()},
                         {.now_unix_ns = [] { return std::int64_t{1'795'741'200'000'000'000}; },
                          .warn = [](const std::string&) { std::abort(); }});
    if (!log) std::abort();
    return std::move(log).value();
  }

 private:
  std::string key_file() const { return path_ + "/key"; }

  std::string path_;
};

Event scrape() {
  return {"scrape",
          {{"reader", "spiffe://example.org/prometheus"},
           {"tenants", std::vector<std::string>{"default", "payments"}},
           {"digest", std::string(64, 'a')},
           {"bytes", std::int64_t{100'000}}}};
}

void wait_for(Log& log) {
  std::promise<void> written;
  log.record(scrape(), [&](const auto&) { written.set_value(); });
  written.get_future().wait();
}

void records(benchmark::State& state) {
  const Place place;
  const auto log = place.open();
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    for (int i = 1; i < kBatch; ++i) log->record(scrape());
    wait_for(*log);
  }
  if (log->lost_records() > 0) std::abort();
  state.counters["records_per_second"] = benchmark::Counter(
      kBatch * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

/// A record, and the time until it is in the file.
void one_record(benchmark::State& state) {
  const Place place;
  const auto log = place.open();
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    wait_for(*log);
  }
}

void hash_page(benchmark::State& state) {
  const std::string page(kPageBytes, 'x');
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    benchmark::DoNotOptimize(shmx::audit::sha256(page));
  }
}

}  // namespace

BENCHMARK(records)->UseRealTime();
BENCHMARK(one_record)->UseRealTime();
BENCHMARK(hash_page);

BENCHMARK_MAIN();
