#include "agent/identity/dns_name.h"

#include <algorithm>

namespace shmx::identity {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool same_dns_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool dns_name_covers(std::string_view presented, std::string_view host) {
  if (same_dns_name(presented, host)) return true;
  if (!presented.starts_with("*.")) return false;
  const std::string_view parent = presented.substr(1);  // with its dot
  const std::size_t first_label = host.find('.');
  return first_label != std::string_view::npos && first_label > 0 &&
         parent.find('.', 1) != std::string_view::npos &&
         same_dns_name(parent, host.substr(first_label));
}

}  // namespace shmx::identity
