#include "agent/identity/dns_name.h"

#include <gtest/gtest.h>

namespace shmx::identity {
namespace {

TEST(SameDnsName, HasNoCase) {
  EXPECT_TRUE(same_dns_name("a.example", "A.Example"));
  EXPECT_FALSE(same_dns_name("*.example", "a.example"));
  EXPECT_FALSE(same_dns_name("a.example", "a.example."));
}

TEST(DnsNameCovers, ByRfc6125) {
  EXPECT_TRUE(dns_name_covers("a.example", "A.Example"));
  EXPECT_TRUE(dns_name_covers("*.shop.example", "a.Shop.example"));
  EXPECT_FALSE(dns_name_covers("*.shop.example", "shop.example"));
  EXPECT_FALSE(dns_name_covers("*.shop.example", "a.b.shop.example"));
  EXPECT_FALSE(dns_name_covers("*.shop.example", ".shop.example"));
  EXPECT_FALSE(dns_name_covers("*.example", "a.example"));
  EXPECT_FALSE(dns_name_covers("*", "a"));
  EXPECT_FALSE(dns_name_covers("a*.shop.example", "ab.shop.example"));
  EXPECT_FALSE(dns_name_covers("a.*.example", "a.b.example"));
  EXPECT_FALSE(dns_name_covers("", "a"));
}

}  // namespace
}  // namespace shmx::identity
