// The files of the page: as they are in the sources, and nothing in them that the page's policy
// would not run, or that is not the agent's.
#include "agent/status/page.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace shmx::status {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string source_of(std::string_view path) {
  const std::string name = path == "/" ? "/index.html" : std::string(path);
  std::ifstream file(SHMX_STATUS_PAGE + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PageFiles, AreTheSources) {
  std::size_t pages = 0;
  for (const PageFile& file : page_files()) {
    EXPECT_TRUE(file.bytes == source_of(file.path)) << file.path;
    pages += file.path == "/" ? 1 : 0;
  }
  EXPECT_EQ(pages, 1U);
}

TEST(PageFiles, HaveTheTypesThatBrowsersAskFor) {
  for (const PageFile& file : page_files()) {
    const std::string_view type = file.path == "/"              ? "text/html; charset=utf-8"
                                  : file.path.ends_with(".css") ? "text/css; charset=utf-8"
                                                                : "text/javascript; charset=utf-8";
    EXPECT_EQ(file.content_type, type) << file.path;
  }
}

TEST(PageFiles, NameNothingOutsideTheAgent) {
  const std::regex svg_namespace("http://www.w3.org/2000/svg");
  for (const PageFile& file : page_files()) {
    const std::string text = std::regex_replace(std::string(file.bytes), svg_namespace, "");
    EXPECT_THAT(text, Not(HasSubstr("http:"))) << file.path;
    EXPECT_THAT(text, Not(HasSubstr("https:"))) << file.path;
  }
}

TEST(PageFiles, PutNoNameIntoMarkup) {
  for (const PageFile& file : page_files()) {
    for (const char* const door : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                                   "eval(", "new Function", "DOMParser", "style=", "onclick="}) {
      EXPECT_THAT(std::string(file.bytes), Not(HasSubstr(door))) << file.path;
    }
  }
}

TEST(PageFiles, AreSmall) {
  std::size_t bytes = 0;
  for (const PageFile& file : page_files()) {
    bytes += file.bytes.size();
    EXPECT_LT(std::ranges::count(file.bytes, '\n'), 300) << file.path;
  }
  EXPECT_LT(bytes, 100'000U);
}

}  // namespace
}  // namespace shmx::status
