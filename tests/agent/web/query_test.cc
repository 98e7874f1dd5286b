// Queries as curl, browsers and servers with a params block write them.
#include "agent/web/query.h"

#include <gmock/gmock.h>

namespace shmx::web {
namespace {

using Values = std::vector<std::string>;
using ::testing::HasSubstr;

struct Case {
  const char* query;
  Values values;
};

class Query : public ::testing::TestWithParam<Case> {};

TEST_P(Query, GivesTheValuesOfOneName) {
  const auto values = query_values(GetParam().query, "name[]");
  ASSERT_TRUE(values.ok()) << values.error().message;
  EXPECT_EQ(values.value(), GetParam().values);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Query,
    ::testing::Values(Case{"", {}}, Case{"name[]=up", {"up"}},
                      Case{"name[]=b&name[]=a&name[]=b", {"b", "a", "b"}},
                      Case{"name%5B%5D=up", {"up"}}, Case{"name%5b%5d=up", {"up"}},
                      Case{"name[]=a%20b%2Bc+d", {"a b+c d"}}, Case{"name[]=%C3%A9", {"\xC3\xA9"}},
                      Case{"name[]=a=b", {"a=b"}}, Case{"name[]", {""}}, Case{"name[]=", {""}},
                      Case{"&&name[]=a&&", {"a"}}, Case{"name=a&names[]=b&NAME[]=c", {}},
                      Case{"other=%zz&%zz=1&name[]=a&%", {"a"}}));

class MalformedQuery : public ::testing::TestWithParam<const char*> {};

TEST_P(MalformedQuery, IsTold) {
  const auto values = query_values(GetParam(), "name[]");
  ASSERT_FALSE(values.ok());
  EXPECT_THAT(values.error().message, HasSubstr("two hexadecimal digits"));
}

INSTANTIATE_TEST_SUITE_P(Table, MalformedQuery,
                         ::testing::Values("name[]=%", "name[]=%a", "name[]=%zz", "name[]=%4",
                                           "name[]=a%+1", "name[]=% 1", "name[]=ok&name[]=%",
                                           "name[]=%-1", "name[]=%0x"));

std::string repeated(const std::string& parameter, std::size_t times) {
  std::string query;
  for (std::size_t i = 0; i < times; ++i) query += parameter + '&';
  return query;
}

TEST(QueryLimits, AsManyAsThereMayBeAreTakenAndOneMoreIsTold) {
  EXPECT_EQ(query_values(repeated("n=a", kMaxQueryValues), "n").value().size(), kMaxQueryValues);
  const auto more = query_values(repeated("n=a", kMaxQueryValues + 1), "n");
  ASSERT_FALSE(more.ok());
  EXPECT_THAT(more.error().message, HasSubstr("at most 256 of them"));
}

TEST(QueryLimits, AValueAsLongAsItMayBeIsTakenAndALongerOneIsTold) {
  const std::string longest(kMaxQueryValueBytes, 'x');
  EXPECT_EQ(query_values("n=" + longest, "n").value(), Values{longest});
  const auto longer = query_values("n=x" + longest, "n");
  ASSERT_FALSE(longer.ok());
  EXPECT_THAT(longer.error().message, HasSubstr("at most 1024 bytes, got 1025"));
}

}  // namespace
}  // namespace shmx::web
