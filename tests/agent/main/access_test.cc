// What decides who gets in, and its files.
#include "agent/main/access.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::testing {
namespace {

/// A user `alice`, whose password takes a while to be checked (a cost of 10).
constexpr char kUsers[] =
    "basic_auth_users: {alice: $2b$10$abcdefghijklmnopqrstuuK9ZPnFsBbX3kbxmoNVnbYRTrEsHuOq2}\n";

AccessHooks hooks() {
  AccessHooks hooks;
  hooks.now_unix_ns = [ticks = std::make_shared<std::atomic<std::int64_t>>(0)] {
    return ++*ticks * 1'000'000'000;
  };
  hooks.check = [](const identity::Policy& /*policy*/,
                   const web::Config* /*web*/) -> std::optional<Error> { return std::nullopt; };
  hooks.warn = [](const std::string& sentence) { ADD_FAILURE() << sentence; };
  hooks.on_reload = [](const InForce& /*in_force*/, const std::string& problem) {
    EXPECT_EQ(problem, "");
  };
  hooks.on_refusal = [](const std::string& /*door*/, const identity::Presented& /*presented*/,
                        const identity::Refusal& /*refusal*/) {};
  return hooks;
}

TEST(AccessTest, AnswersWhoeverWaitsForAPasswordAtItsEnd) {
  const TemporaryDirectory directory;
  directory.write("web.yml", kUsers);
  auto opened = Access::open({"", directory.file("web.yml")}, hooks());
  ASSERT_TRUE(opened) << opened.error().message;
  std::unique_ptr<Access> access = std::move(opened).value();
  std::atomic<int> answers = 0;
  constexpr int kWaiting = 20;
  for (int i = 0; i < kWaiting; ++i) {
    identity::Presented presented;
    presented.authorization = "Basic YWxpY2U6" + std::string(4, static_cast<char>('A' + i));
    access->judge("http", presented, [&, door = access.get()](const identity::Verdict& verdict) {
      EXPECT_TRUE(std::holds_alternative<identity::Refusal>(verdict));
      EXPECT_TRUE(door->in_force()->front) << "as a door sends its headers with a refusal";
      ++answers;
    });
  }
  directory.write("web.yml", std::string(kUsers) + "rate_limit: {interval: 1s, burst: 5}\n");
  EXPECT_TRUE(access->reload());
  access.reset();
  EXPECT_EQ(answers, kWaiting);
}

}  // namespace
}  // namespace shmx::testing
