#include "agent/push/bearer_token.h"

#include <algorithm>
#include <utility>

namespace shmx::push {
namespace {

constexpr const char* kBlanks = " \t\r\n";

bool is_visible(unsigned char c) {
  return c > ' ' && c < 0x7f;
}

}  // namespace

Result<BearerToken> BearerToken::open(const std::string& path) {
  BearerToken token(path);
  if (path.empty()) return token;
  token.stamp_ = files::stamp_of(path);  // before reading: a change meanwhile is seen the next time
  auto read = token.read();
  if (!read) return read.error();
  token.authorization_ = std::move(read).value();
  return token;
}

Result<std::string> BearerToken::read() const {
  auto bytes = files::read_small_file(path_);
  if (!bytes) return Error{"bearer token: " + bytes.error().message, bytes.error().code};
  std::string token = std::move(bytes).value();
  token.erase(token.find_last_not_of(kBlanks) + 1);
  token.erase(0, token.find_first_not_of(kBlanks));
  if (token.empty() || !std::all_of(token.begin(), token.end(), is_visible)) {
    return Error{"bearer token: " + path_ + " holds no token: one word of visible ASCII"};
  }
  return "Bearer " + token;
}

const std::string& BearerToken::authorization(std::string& problem) {
  if (path_.empty()) return authorization_;
  const files::FileStamp now = files::stamp_of(path_);
  if (now == stamp_) return authorization_;
  stamp_ = now;
  auto read = this->read();
  if (read) {
    authorization_ = std::move(read).value();
  } else {
    problem = read.error().message + "; the last token is still used";
  }
  return authorization_;
}

}  // namespace shmx::push
