// What decides who gets in, and its files.
#include "agent/main/access.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::testing {
namespace {

/// A user `alice`, whose password takes a while to be checked (a cost of 10).
constexpr char kUsers[] =
    "basic_auth_users: {alice: $2b$10$abcdefghijklmnopqrstuuK9ZPnFsBbX3kbxmoNVnbYRTrEsHuOq2}\n";

constexpr char kLimited[] = "rate_limit: {interval: 1s, burst: 5}\n";

class AccessTest : public ::testing::Test {
 protected:
  std::unique_ptr<Access> open() {
    AccessHooks hooks;
    hooks.now_unix_ns = [this] { return now_unix_ns_.load(); };
    hooks.check = [](const identity::Policy& /*policy*/,
                     const web::Config* /*web*/) -> std::optional<Error> { return std::nullopt; };
    hooks.warn = [](const std::string& sentence) { ADD_FAILURE() << sentence; };
    hooks.on_reload = [this](const InForce& /*in_force*/, const std::string& problem) {
      EXPECT_EQ(problem, "");
      ++reloads_;
    };
    hooks.on_refusal = [](const std::string& /*door*/, const identity::Presented& /*presented*/,
                          const identity::Refusal& /*refusal*/) {};
    auto opened = Access::open({"", directory_.file("web.yml")}, std::move(hooks));
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(opened).value();
  }

  void write(const std::string& text) { directory_.write("web.yml", text); }

  static std::int64_t unix_ns() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
  }

  const TemporaryDirectory directory_;
  std::atomic<std::int64_t> now_unix_ns_ = unix_ns();
  std::atomic<int> reloads_ = 0;
};

TEST_F(AccessTest, TellsAChangeOnce) {
  write("{}");
  const auto access = open();
  write(kLimited);
  now_unix_ns_ = unix_ns();
  EXPECT_TRUE(access->refresh()->web.rate_limit);
  now_unix_ns_ += 1'000'000'000;  // It is read again when it has been left alone.
  EXPECT_TRUE(access->refresh()->web.rate_limit);
  EXPECT_EQ(reloads_, 1);
  EXPECT_TRUE(access->reload());
  EXPECT_EQ(reloads_, 2) << "who asks is told";
}

TEST_F(AccessTest, SeesWhatChangesWhileTheAgentStarts) {
  write("{}");
  const auto access = open();
  write(kLimited);
  EXPECT_TRUE(access->watch_certificates({}));
  EXPECT_TRUE(access->in_force()->web.rate_limit);
}

TEST_F(AccessTest, AnswersWhoeverWaitsForAPasswordAtItsEnd) {
  write(kUsers);
  std::unique_ptr<Access> access = open();
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
  write(std::string(kUsers) + kLimited);
  EXPECT_TRUE(access->reload());
  access.reset();
  EXPECT_EQ(answers, kWaiting);
}

}  // namespace
}  // namespace shmx::testing
