#include "tests/agent/audit/logs.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <fstream>
#include <future>
#include <iterator>
#include <stdexcept>

#include "agent/audit/directory.h"
#include "agent/audit/key.h"

namespace shmx::audit {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string text_of(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

void make_key(const std::string& path) {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
  const Bio pem(BIO_new(BIO_s_mem()), &BIO_free);
  if (PEM_write_bio_PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    throw std::runtime_error("OpenSSL makes no key");
  }
  write_file(path, text_of(pem.get()));
  ::chmod(path.c_str(), 0600);
}

std::string public_pem(const std::string& key_file) {
  const std::string pem = read_file(key_file);
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const Bio out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PUBKEY(out.get(), key.get());
  return text_of(out.get());
}

std::string key_id_of(const std::string& key_file) {
  return SigningKey::read(key_file).value().public_key().id();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

Event event(std::int64_t number) {
  return {"scrape",
          {{"reader", "prometheus"},
           {"tenants", std::vector<std::string>{"default", "payments"}},
           {"bytes", number},
           {"gzip", true}}};
}

Result<std::uint64_t> recorded(Log& log, Event what) {
  std::promise<Result<std::uint64_t>> answer;
  log.record(std::move(what), [&](const Result<std::uint64_t>& seq) { answer.set_value(seq); });
  return answer.get_future().get();
}

LogPlace::LogPlace() {
  options_.directory = root_.file("audit");
  options_.key_file = root_.file("audit.key");
  make_key(options_.key_file);
}

std::string LogPlace::file(std::uint64_t number) const {
  return options_.directory + "/" + file_name(number);
}

std::vector<std::string> LogPlace::file_names() const {
  std::vector<std::string> names;
  const auto numbers = file_numbers(options_.directory);
  for (const std::uint64_t number : numbers.value()) names.push_back(file_name(number));
  return names;
}

Result<std::unique_ptr<Log>> LogPlace::try_open() {
  return Log::open(options_, {.now_unix_ns = [this] { return ++now_ns_; },
                              .warn =
                                  [this](const std::string& sentence) {
                                    const std::lock_guard lock(mutex_);
                                    warnings_.push_back(sentence);
                                  }});
}

std::unique_ptr<Log> LogPlace::open() {
  auto opened = try_open();
  if (!opened) throw std::runtime_error(opened.error().message);
  return std::move(opened).value();
}

void LogPlace::write_events(std::int64_t events) {
  const auto log = open();
  for (std::int64_t i = 0; i < events; ++i) {
    if (const auto done = recorded(*log, event(i)); !done) {
      throw std::runtime_error(done.error().message);
    }
  }
}

VerifyOptions LogPlace::verify_options() const {
  return {.paths = {options_.directory}};
}

std::vector<std::string> LogPlace::warnings() {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

std::string problem(const Result<VerifyReport>& verified) {
  return verified ? std::string() : verified.error().message;
}

}  // namespace shmx::audit
