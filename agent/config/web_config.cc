// See web_config.h; tls_server_config is in web_tls_config.cc.
#include "agent/config/web_config.h"

#include <charconv>
#include <filesystem>

#include "agent/config/go_duration.h"
#include "agent/config/web_config_reading.h"

namespace shmx::config {
namespace {

/// More tokens than this are no limit.
constexpr std::uint64_t kMostBurst = 1'000'000;

using Headers = std::map<std::string, std::string>;

/// Blank is as good as not set. What follows a line's end would be a header of its own.
void take_header(const Entry& entry, Headers& headers) {
  const std::string value = text_in(entry);
  const bool is_field_value = std::ranges::all_of(value, [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
  });
  if (!is_field_value) {
    throw Mistake{entry.mark(), "expected a value without control characters for " + entry.key};
  }
  if (!value.empty()) {
    headers[entry.key] = value;
  }
}

constexpr Choice<bool> kFrameOptions[] = {{"deny", true}, {"sameorigin", true}, {"", true}};
constexpr Choice<bool> kContentTypeOptions[] = {{"nosniff", true}, {"", true}};

constexpr Field<Headers> kHeaders[] = {
    {"Content-Security-Policy", take_header},
    {"X-Frame-Options",
     [](const Entry& entry, Headers& headers) {
       choice_in(entry, kFrameOptions);
       take_header(entry, headers);
     }},
    {"X-Content-Type-Options",
     [](const Entry& entry, Headers& headers) {
       choice_in(entry, kContentTypeOptions);
       take_header(entry, headers);
     }},
    {"X-XSS-Protection", take_header},
    {"Strict-Transport-Security", take_header},
};

constexpr Field<WebConfigReading> kHttpFields[] = {
    // HTTP/1.1 is what is served, whatever is allowed.
    {"http2", [](const Entry& entry, WebConfigReading& /*reading*/) { boolean_in(entry); }},
    {"headers",
     [](const Entry& entry, WebConfigReading& reading) {
       read_fields(entry, "headers", kHeaders, reading.config.headers);
     }},
};

/// $2a$, $2b$ or $2y$, a cost of 04 to 16, and 53 characters of salt and hash: crypt(5), which has
/// costs of up to 31, where checking one password takes a day.
bool is_bcrypt(std::string_view hash) {
  constexpr std::string_view kCharacters =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::size_t kBytes = 60;
  constexpr std::size_t kCostAt = 4;
  constexpr std::size_t kSaltAt = 7;
  constexpr int kLeastCost = 4;
  constexpr int kMostCost = 16;
  if (hash.size() != kBytes || hash[kSaltAt - 1] != '$' ||
      !(hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$"))) {
    return false;
  }
  int cost = 0;
  const char* const cost_end = hash.data() + kSaltAt - 1;
  const auto [end, error] = std::from_chars(hash.data() + kCostAt, cost_end, cost);
  return error == std::errc() && end == cost_end && cost >= kLeastCost && cost <= kMostCost &&
         hash.find_first_not_of(kCharacters, kSaltAt) == std::string_view::npos;
}

void read_users(const Entry& users, WebConfigReading& reading) {
  for (const Entry& user : members_of(users, "users and the bcrypt hashes of their passwords")) {
    const bool can_be_sent = std::ranges::none_of(
        user.key, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
    if (!can_be_sent || user.key.find(':') != std::string::npos) {
      throw Mistake{user.key_mark,
                    "expected a user's name without colons and control characters (RFC 7617)"};
    }
    if (!user.value.IsScalar() || !is_bcrypt(user.value.Scalar())) {
      throw Mistake{user.mark(),
                    "expected a bcrypt hash of 60 characters that begins with $2a$, $2b$ or $2y$ "
                    "and a cost of 04 to 16 ($2y$10$…), found something else"};
    }
    reading.config.users.emplace(user.key, user.value.Scalar());
  }
}

constexpr Field<web::RateLimit> kRateFields[] = {
    {"interval",
     [](const Entry& entry, web::RateLimit& rate) {
       const std::string text = text_in(entry);
       const auto interval = parse_go_duration(text);
       if (!interval) {
         throw Mistake{entry.mark(),
                       "expected a duration such as 100ms or 1m30s for interval" + found(text)};
       }
       rate.interval = *interval;
     }},
    {"burst",
     [](const Entry& entry, web::RateLimit& rate) {
       rate.burst = number_in(entry, kNoUnit, 0, kMostBurst, "0 to 1000000");
     }},
};

void read_rate(const Entry& entry, WebConfigReading& reading) {
  web::RateLimit rate;
  read_fields(entry, "settings of rate_limit", kRateFields, rate);
  if (rate.interval.count() == 0) {
    return;  // That is how the format says that there is no limit.
  }
  if (rate.burst == 0) {
    throw Mistake{entry.mark(), "expected burst of 1 or more: with 0 no request is ever answered"};
  }
  reading.config.rate_limit = rate;
}

/// A key of which all is commented out says nothing.
template <void (*kRead)(const Entry&, WebConfigReading&)>
void unless_null(const Entry& entry, WebConfigReading& reading) {
  if (!entry.value.IsNull()) {
    kRead(entry, reading);
  }
}

void read_http(const Entry& entry, WebConfigReading& reading) {
  read_fields(entry, "settings of http_server_config", kHttpFields, reading);
}

constexpr Field<WebConfigReading> kFields[] = {
    {"tls_server_config", read_web_tls},
    {"http_server_config", unless_null<read_http>},
    {"basic_auth_users", unless_null<read_users>},
    {"rate_limit", unless_null<read_rate>},
};

}  // namespace

Result<web::Config> parse_web_config(const std::string& text, const std::string& name,
                                     const std::string& directory, const ReadFile& read) {
  WebConfigReading reading{directory, read};
  reading.config.files.push_back(name);
  const auto read_root = [&reading](const Entry& root) {
    read_fields(root, "web configuration", kFields, reading);
  };
  if (auto error = read_document(text, name, read_root)) {
    return *std::move(error);
  }
  return std::move(reading.config);
}

Result<web::Config> load_web_config(const std::string& path, const ReadFile& read) {
  const auto text = read(path);
  if (!text) {
    return Error{"cannot " + text.error().message, text.error().code};
  }
  return parse_web_config(text.value(), path, std::filesystem::path(path).parent_path().string(),
                          read);
}

}  // namespace shmx::config
