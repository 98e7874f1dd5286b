#include "agent/main/user_names.h"

#include <charconv>
#include <string_view>

namespace shmx {
namespace {

/// The text before the next separator, which is taken with it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

}  // namespace

std::string UserNames::name_of(std::uint32_t uid, std::int64_t now_unix_ns) {
  if (watched_.changed(now_unix_ns) || !read_once_) {
    read();
  }
  const auto found = names_.find(uid);
  return found == names_.end() ? std::string() : found->second;
}

void UserNames::read() {
  read_once_ = true;
  names_.clear();
  const auto file = files::read_small_file(watched_.paths().front());
  if (!file) {
    return;
  }
  for (std::string_view text = file.value(); !text.empty();) {
    std::string_view line = take(text, '\n');
    const std::string_view name = take(line, ':');
    take(line, ':');  // The password.
    const std::string_view number = take(line, ':');
    std::uint32_t uid = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), uid);
    if (!name.empty() && error == std::errc() && end == number.data() + number.size()) {
      names_.try_emplace(uid, name);
    }
  }
}

}  // namespace shmx
