#include "agent/identity/passwords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>

#include "tests/agent/identity/bcrypt.h"
#include "tests/agent/identity/held_hasher.h"

namespace shmx::identity {
namespace {

using testing::bcrypt;
using ::testing::HasSubstr;
using testing::HeldHasher;
using Answer = Passwords::Answer;

constexpr std::chrono::seconds kDeadline{60};

class PasswordsTest : public ::testing::Test {
 protected:
  std::future<Answer> ask(const std::string& user, const std::string& password) {
    auto answer = std::make_shared<std::promise<Answer>>();
    passwords_->check(user, password, [answer](Answer found) { answer->set_value(found); });
    return answer->get_future();
  }

  std::optional<Answer> answer(const std::string& user, const std::string& password) {
    return settled(ask(user, password));
  }

  static std::optional<Answer> settled(std::future<Answer> answer) {
    if (answer.wait_for(kDeadline) != std::future_status::ready) return std::nullopt;
    return answer.get();
  }

  /// Without waiting for a hash; nothing: it is being hashed.
  std::optional<Answer> answer_at_once(const std::string& user, const std::string& password) {
    auto asked = ask(user, password);
    if (asked.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
    return asked.get();
  }

  std::unique_ptr<Hasher> hasher_ = std::make_unique<Hasher>();
  std::shared_ptr<Passwords> passwords_ =
      Passwords::make({{"alice", bcrypt("secret")}, {"bob", bcrypt("hidden", "2y", "05")}},
                      *hasher_)
          .value();
};

TEST_F(PasswordsTest, AreRightOrWrong) {
  EXPECT_EQ(answer("alice", "secret"), Answer::right);
  EXPECT_EQ(answer("bob", "hidden"), Answer::right);
  EXPECT_EQ(answer("alice", "hidden"), Answer::wrong);
  EXPECT_EQ(answer("alice", ""), Answer::wrong);
  EXPECT_EQ(answer("alice", "secretx"), Answer::wrong);
}

TEST_F(PasswordsTest, OfSomebodyElseAreWrong) {
  EXPECT_EQ(answer("mallory", "secret"), Answer::wrong);
  EXPECT_EQ(answer("mallory", "hidden"), Answer::wrong);
  EXPECT_EQ(answer("", "secret"), Answer::wrong);
  EXPECT_EQ(answer("Alice", "secret"), Answer::wrong);
}

TEST_F(PasswordsTest, AreNotCutWhereBcryptStopsReading) {
  const std::string longest(kMaxPasswordBytes, 'x');
  passwords_ = Passwords::make({{"alice", bcrypt(longest)}}, *hasher_).value();
  EXPECT_EQ(answer("alice", longest), Answer::right);
  EXPECT_EQ(answer("alice", longest + "x"), Answer::wrong);
  EXPECT_EQ(answer("alice", longest + "x"), Answer::wrong) << "remembered";
}

TEST_F(PasswordsTest, AreHashedWhoeverTheyAreOf) {
  HeldHasher held(*hasher_);
  EXPECT_EQ(answer_at_once("alice", "wrong"), std::nullopt);
  EXPECT_EQ(answer_at_once("mallory", "wrong"), std::nullopt);
  EXPECT_EQ(answer_at_once("alice", std::string(100, 'x')), std::nullopt);
  EXPECT_EQ(answer_at_once("mallory", std::string(100, 'x')), std::nullopt);
}

TEST_F(PasswordsTest, AreRememberedRightOrWrong) {
  EXPECT_EQ(answer("alice", "secret"), Answer::right);
  EXPECT_EQ(answer("alice", "wrong"), Answer::wrong);
  HeldHasher held(*hasher_);
  EXPECT_EQ(answer_at_once("alice", "secret"), Answer::right);
  EXPECT_EQ(answer_at_once("alice", "wrong"), Answer::wrong);
  EXPECT_EQ(answer_at_once("bob", "secret"), std::nullopt);
}

TEST_F(PasswordsTest, AreForgottenWithTheirHashes) {
  EXPECT_EQ(answer("alice", "secret"), Answer::right);
  passwords_ = Passwords::make({{"alice", bcrypt("new")}}, *hasher_).value();
  EXPECT_EQ(answer("alice", "secret"), Answer::wrong);
  EXPECT_EQ(answer("alice", "new"), Answer::right);
}

TEST_F(PasswordsTest, AFloodOfOneIsHashedOnce) {
  HeldHasher held(*hasher_);
  std::vector<std::future<Answer>> flood;
  for (std::size_t i = 0; i < Passwords::kMaxReceivers; ++i) {
    flood.push_back(ask("alice", "wrong"));
  }
  EXPECT_EQ(answer_at_once("alice", "wrong"), Answer::busy) << "one request too many";
  std::size_t taken = 0;
  while (hasher_->add({"", bcrypt(""), [](auto /*outcome*/) {}})) {
    ++taken;
  }
  EXPECT_EQ(taken, Hasher::kMaxWaiting - 1);
  held.release();
  for (auto& asked : flood) {
    EXPECT_EQ(settled(std::move(asked)), Answer::wrong);
  }
}

TEST_F(PasswordsTest, AFloodOfManyIsToldBusyAndDoesNotLockOutWhoIsKnown) {
  EXPECT_EQ(answer("alice", "secret"), Answer::right);
  HeldHasher held(*hasher_);
  std::vector<std::future<Answer>> waiting;
  for (std::size_t i = 0; i < Passwords::kMaxReceivers; ++i) {
    waiting.push_back(ask("alice", std::to_string(i)));
  }
  EXPECT_EQ(answer_at_once("bob", "hidden"), Answer::busy);
  EXPECT_EQ(answer_at_once("alice", "secret"), Answer::right);
  held.release();
  for (auto& asked : waiting) {
    EXPECT_EQ(settled(std::move(asked)), Answer::wrong);
  }
  EXPECT_EQ(answer("bob", "hidden"), Answer::right) << "busy is not remembered";
}

TEST_F(PasswordsTest, ThatAreWrongAreRememberedWithinABound) {
  for (std::size_t i = 0; i < Passwords::kMaxWrong + 10; ++i) {
    ASSERT_EQ(answer("alice", std::to_string(i)), Answer::wrong);
    ASSERT_LE(passwords_->remembered_wrong(), Passwords::kMaxWrong);
  }
  EXPECT_GT(passwords_->remembered_wrong(), 0U);
}

TEST_F(PasswordsTest, ThatWaitAtTheEndAreToldBusy) {
  std::vector<std::future<Answer>> waiting;
  {
    HeldHasher held(*hasher_);
    waiting.push_back(ask("alice", "secret"));
    waiting.push_back(ask("alice", "secret"));
    waiting.push_back(ask("bob", "wrong"));
    hasher_->stop();
    EXPECT_EQ(answer_at_once("bob", "hidden"), Answer::busy);
  }
  hasher_.reset();
  for (auto& asked : waiting) {
    EXPECT_EQ(settled(std::move(asked)), Answer::busy);
  }
}

TEST_F(PasswordsTest, AreBcryptOfABearableCost) {
  const auto problem_of = [this](const std::string& hash) {
    const auto made = Passwords::make({{"alice", hash}}, *hasher_);
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(problem_of(bcrypt("secret", "2a")), "");
  EXPECT_THAT(problem_of("secret"), HasSubstr("\"alice\": expected a bcrypt hash"));
  EXPECT_THAT(problem_of(bcrypt("secret").substr(1)), HasSubstr("expected a bcrypt hash"));
  std::string slow = bcrypt("secret");
  slow.replace(4, 2, "17");
  EXPECT_THAT(problem_of(slow), HasSubstr("cost of 4 to 16"));
  slow.replace(4, 2, "xx");
  EXPECT_THAT(problem_of(slow), HasSubstr("cost of 4 to 16"));
}

TEST_F(PasswordsTest, OfNobodyAreWrong) {
  passwords_ = Passwords::make({}, *hasher_).value();
  EXPECT_EQ(answer_at_once("alice", "secret"), Answer::wrong);
}

}  // namespace
}  // namespace shmx::identity
