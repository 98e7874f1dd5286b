// KeySets of token.h: which issuers there are, whose fetches are under way, and who waits for them.
#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "agent/files/stamp.h"
#include "agent/identity/key_set_fetch.h"
#include "agent/identity/key_source.h"
#include "agent/identity/quoted.h"
#include "agent/identity/token.h"
#include "agent/web/url.h"

namespace shmx::identity {
namespace asio = boost::asio;

namespace {

/// Requests that wait for one issuer's keys; the next are told at once, and refused. Fewer than a
/// page has places, as for passwords.
constexpr std::size_t kMostWaiting = 12;

bool is_url(const std::string& keys) {
  return !keys.starts_with('/');
}

Error error_of(const Issuer& issuer, const std::string& what) {
  return Error{"keys of issuer " + in_quotes(issuer.issuer) + ": " + what};
}

/// One issuer's, kept over reloads for as long as its keys come from the same place.
struct Entry {
  explicit Entry(Issuer of) : issuer(std::move(of)) {}

  const Issuer issuer;
  std::optional<web::Url> url{};  ///< none: a file
  KeySource source{};             ///< guarded by the mutex of KeySets, as is:
  std::vector<std::function<void()>> waiting{};
};

using Entries = std::map<std::string, std::shared_ptr<Entry>>;

bool same_place(const Issuer& one, const Issuer& other) {
  return one.keys == other.keys && one.authorities == other.authorities;
}

Result<KeySet> read_keys(const std::string& path) {
  const auto text = files::read_small_file(path);
  if (!text) return text.error();
  auto keys = KeySet::parse(text.value());
  if (!keys) return Error{path + ": " + keys.error().message};
  return keys;
}

/// The authorities are read for each fetch, so that they can be rotated.
Result<FetchRequest> request_for(const Entry& entry) {
  FetchRequest request{*entry.url};
  if (entry.issuer.authorities.empty()) return request;
  auto pem = files::read_small_file(entry.issuer.authorities);
  if (!pem) return pem.error();
  if (auto checked = check_authorities(pem.value()); !checked) {
    return Error{entry.issuer.authorities + ": " + checked.error().message};
  }
  request.authorities = std::move(pem).value();
  return request;
}

}  // namespace

class KeySets::Prepared {
 public:
  Entries entries;
  std::vector<std::string> warnings;  ///< of keys that cannot be used
};

class KeySets::Impl {
 public:
  explicit Impl(Hooks hooks) : hooks_(std::move(hooks)) {}

  Result<std::shared_ptr<const Prepared>> prepare(const std::vector<Issuer>& issuers) {
    auto prepared = std::make_shared<Prepared>();
    for (const auto& issuer : issuers) {
      auto made = entry_for(issuer, prepared->warnings);
      if (!made) return error_of(issuer, made.error().message);
      if (!prepared->entries.emplace(issuer.issuer, std::move(made).value()).second) {
        return error_of(issuer, "it is there twice");
      }
    }
    const std::lock_guard lock(mutex_);
    if (auto started = start_for(prepared->entries); !started) return started.error();
    return std::shared_ptr<const Prepared>(std::move(prepared));
  }

  void use(const Prepared& prepared) {
    for (const std::string& warning : prepared.warnings) hooks_.warn(warning);
    const std::lock_guard lock(mutex_);
    entries_ = prepared.entries;
    for (const auto& [name, entry] : entries_) {
      const auto now = hooks_.now_unix_s();
      if (entry->url && entry->source.usable(now) == nullptr) begin_fetch(entry, now);
    }
  }

  std::map<std::string, KeySet> current() {
    const std::lock_guard lock(mutex_);
    const auto now = hooks_.now_unix_s();
    std::map<std::string, KeySet> sets;
    for (const auto& [name, entry] : entries_) {
      if (entry->url && entry->source.is_stale(now)) begin_fetch(entry, now);
      const auto* const keys = entry->url ? entry->source.usable(now) : entry->source.last();
      if (keys != nullptr) sets.emplace(name, *keys);
    }
    return sets;
  }

  void refresh(const std::string& issuer, std::function<void()> done) {
    if (!wait_for(issuer, done)) done();
  }

  void stop() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  Result<std::shared_ptr<Entry>> entry_for(const Issuer& issuer,
                                           std::vector<std::string>& warnings) {
    auto entry = std::make_shared<Entry>(issuer);
    if (!is_url(issuer.keys)) {
      auto keys = read_keys(issuer.keys);
      if (!keys) return keys.error();
      const auto text = entry->source.took(std::move(keys).value(), hooks_.now_unix_s());
      if (!text.empty()) warnings.push_back(error_of(issuer, text).message);
      return entry;
    }
    auto url = web::parse_url(issuer.keys);
    if (!url) return url.error();
    if (!url->tls) return Error{in_quotes(issuer.keys) + " is not https"};
    entry->url = std::move(url).value();
    if (auto request = request_for(*entry); !request) return request.error();
    const std::lock_guard lock(mutex_);
    const auto present = entries_.find(issuer.issuer);
    const bool same = present != entries_.end() && same_place(present->second->issuer, issuer);
    return same ? present->second : entry;
  }

  /// Whether `done` will be called when a fetch has ended.
  bool wait_for(const std::string& issuer, std::function<void()>& done) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(issuer);
    if (found == entries_.end() || !found->second->url) return false;
    auto& entry = *found->second;
    begin_fetch(found->second, hooks_.now_unix_s());
    if (!entry.source.under_way() || entry.waiting.size() >= kMostWaiting) return false;
    entry.waiting.push_back(std::move(done));
    return true;
  }

  /// Begins one if it is time. Under the mutex.
  void begin_fetch(const std::shared_ptr<Entry>& entry, std::int64_t now) {
    if (entry->source.begin(now)) asio::post(loop_, [this, entry] { fetch(entry); });
  }

  /// Nobody needs a thread for files. Under the mutex.
  Result<bool> start_for(const Entries& entries) {
    const auto has_url = [](const auto& entry) { return entry.second->url.has_value(); };
    if (thread_.joinable() || std::ranges::none_of(entries, has_url)) return true;
    try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
      return Error{std::string("start a thread that fetches keys: ") + error.what()};
    }
    return true;
  }

  void run() {
    const auto work = asio::make_work_guard(loop_);
    while (!loop_.stopped()) {
      try {
        loop_.run();
      } catch (const std::exception& error) {  // no memory; a fetch that it hit ends by its timer
        hooks_.warn(std::string("fetch keys: ") + error.what());
      }
    }
  }

  /// On the thread, as is what follows.
  void fetch(const std::shared_ptr<Entry>& entry) {
    auto request = request_for(*entry);
    if (!request) return fetched(*entry, request.error());
    try {
      fetch_key_set(loop_, std::move(request).value(),
                    [this, entry](const Result<std::string>& text) {
                      if (!text) return fetched(*entry, text.error());
                      fetched(*entry, KeySet::parse(text.value()));
                    });
    } catch (const std::exception& error) {  // of Asio where there is no descriptor or thread left
      fetched(*entry, Error{std::string("fetch: ") + error.what()});
    }
  }

  void fetched(Entry& entry, Result<KeySet> keys) {
    std::vector<std::function<void()>> waiting;
    std::string text;
    {
      const std::lock_guard lock(mutex_);
      text = keys ? entry.source.took(std::move(keys).value(), hooks_.now_unix_s())
                  : entry.source.failed(keys.error().message);
      waiting.swap(entry.waiting);
    }
    tell(entry, text);
    for (const auto& done : waiting) done();
  }

  void tell(const Entry& entry, const std::string& text) const {
    if (!text.empty()) hooks_.warn(error_of(entry.issuer, text).message);
  }

  const Hooks hooks_;
  std::mutex mutex_;
  Entries entries_;     // guarded by mutex_, as is:
  std::thread thread_;  // runs from the first fetch on
  asio::io_context loop_;
};

KeySets::KeySets(Hooks hooks) : impl_(std::make_shared<Impl>(std::move(hooks))) {}

KeySets::~KeySets() {
  impl_->stop();
}

Result<std::shared_ptr<const KeySets::Prepared>> KeySets::prepare(
    const std::vector<Issuer>& issuers) {
  return impl_->prepare(issuers);
}

void KeySets::use(const Prepared& prepared) {
  impl_->use(prepared);
}

std::map<std::string, KeySet> KeySets::current() const {
  return impl_->current();
}

void KeySets::refresh(const std::string& issuer, std::function<void()> done) {
  impl_->refresh(issuer, std::move(done));
}

}  // namespace shmx::identity
