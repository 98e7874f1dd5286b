// The sets of files and of a real HTTPS server, by a clock that the test sets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>

#include "agent/identity/token.h"
#include "tests/agent/identity/judged.h"
#include "tests/agent/identity/key_server.h"
#include "tests/agent/identity/signer.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::identity {
namespace {

using testing::Answer;
using testing::Authority;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::json_answer;
using testing::key_set;
using testing::KeyServer;
using testing::Signer;
using ::testing::SizeIs;

const std::string kIssuer{testing::kIssuer};
constexpr std::chrono::seconds kPatience{20};

class KeySetsTest : public ::testing::Test {
 protected:
  KeySetsTest() { directory_.write("ca.pem", authority_.certificate()); }

  KeySets::Hooks hooks() {
    return {[this] { return now_.load(); },
            [this](const std::string& text) {
              const std::lock_guard lock(mutex_);
              warnings_.push_back(text);
            }};
  }

  std::vector<std::string> warnings() const {
    const std::lock_guard lock(mutex_);
    return warnings_;
  }

  /// What the server sends from now on.
  void serve(const Answer& answer) {
    const std::lock_guard lock(mutex_);
    answer_ = answer;
  }

  void serve(const Signer& signer, const std::string& kid) {
    serve(json_answer(key_set({signer.jwk("\"kid\":\"" + kid + "\"")})));
  }

  Answer answer() const {
    const std::lock_guard lock(mutex_);
    return answer_;
  }

  Issuer at(const std::string& keys) const {
    return {kIssuer, std::string(testing::kAudience), keys, directory_.file("ca.pem")};
  }

  Issuer of_file(const std::string& name) const {
    return {kIssuer, std::string(testing::kAudience), directory_.file(name)};
  }

  /// Asks for keys, and returns when that has come to its end or was not allowed.
  static bool refresh(KeySets& sets, const std::string& issuer = kIssuer) {
    const auto done = std::make_shared<std::promise<void>>();
    sets.refresh(issuer, [done] { done->set_value(); });
    return done->get_future().wait_for(kPatience) == std::future_status::ready;
  }

  static void use(KeySets& sets, const std::vector<Issuer>& issuers) {
    const auto prepared = sets.prepare(issuers);
    ASSERT_TRUE(prepared) << prepared.error().message;
    sets.use(*prepared.value());
  }

  static bool has(const KeySets& sets, const std::string& kid) {
    const auto current = sets.current();
    const auto found = current.find(kIssuer);
    return found != current.end() && found->second.has(kid);
  }

  const Signer signer_ = Signer::ec("P-256");
  const testing::TemporaryDirectory directory_;
  const Authority authority_;
  std::atomic<std::int64_t> now_{testing::kNow};

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> warnings_;
  Answer answer_;

 protected:
  KeyServer server_{authority_.issue("IP:127.0.0.1"),
                    [this](const std::string&) { return answer(); }};
};

TEST_F(KeySetsTest, ReadFilesWhenTheyAreToBeUsed) {
  KeySets sets(hooks());
  directory_.write("jwks", key_set({signer_.jwk(R"("kid":"a")")}));
  use(sets, {of_file("jwks")});
  EXPECT_TRUE(has(sets, "a"));
  directory_.write("jwks", key_set({signer_.jwk(R"("kid":"b")")}));
  now_ += std::int64_t{7} * 24 * 3600;
  EXPECT_TRUE(has(sets, "a")) << "a file has no age";
  EXPECT_TRUE(refresh(sets)) << "done at once";
  use(sets, {of_file("jwks")});
  EXPECT_TRUE(has(sets, "b"));
  EXPECT_FALSE(has(sets, "a"));
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(KeySetsTest, KeepWhatTheyHaveWhereAFileIsNoSet) {
  KeySets sets(hooks());
  directory_.write("good", key_set({signer_.jwk(R"("kid":"a")")}));
  use(sets, {of_file("good")});
  const auto refused = [&](const std::vector<Issuer>& issuers) {
    const auto prepared = sets.prepare(issuers);
    EXPECT_TRUE(has(sets, "a"));
    return prepared ? "" : prepared.error().message;
  };
  directory_.write("bad", "{}");
  directory_.write("huge", std::string(kMaxKeySetBytes + 1, ' '));
  EXPECT_THAT(refused({of_file("bad")}), HasSubstr("bad: no JWK set"));
  EXPECT_THAT(refused({of_file("huge")}), HasSubstr("256 KiB"));
  EXPECT_THAT(refused({of_file("missing")}), HasSubstr("missing: No such file"));
  EXPECT_THAT(refused({of_file("good"), of_file("good")}), HasSubstr("twice"));
  EXPECT_THAT(refused({at("http://idp.example/keys")}), HasSubstr("not https"));
  EXPECT_THAT(refused({at("https://")}), HasSubstr("issuer \"https://idp.example\""));
  EXPECT_THAT(refused({at("jwks.json")}), HasSubstr("not a URL"));
  EXPECT_THAT(refused({at("file:///etc/jwks.json")}), HasSubstr("neither http nor https"));
  EXPECT_THAT(refused({at("https://user:secret@idp.example/")}), HasSubstr("does not belong"));
  Issuer issuer = at(server_.url());
  issuer.authorities = directory_.file("bad");
  EXPECT_THAT(refused({issuer}), HasSubstr("no certificates in PEM"));
  issuer.authorities = directory_.file("missing");
  EXPECT_THAT(refused({issuer}), HasSubstr("No such file"));
}

TEST_F(KeySetsTest, AreInForceWhenTheyAreUsedAndNotBefore) {
  KeySets sets(hooks());
  directory_.write("a", key_set({signer_.jwk(R"("kid":"a")")}));
  directory_.write("b",
                   key_set({R"({"kty":"oct","kid":"s","k":"AAAA"})", signer_.jwk(R"("kid":"b")")}));
  use(sets, {of_file("a")});
  const auto prepared = sets.prepare({of_file("b")});
  ASSERT_TRUE(prepared);
  EXPECT_TRUE(has(sets, "a"));
  EXPECT_FALSE(has(sets, "b"));
  EXPECT_THAT(warnings(), IsEmpty());
  sets.use(*prepared.value());
  EXPECT_TRUE(has(sets, "b"));
  EXPECT_FALSE(has(sets, "a"));
}

TEST_F(KeySetsTest, TellWhichKeysOfAFileAreNotUsed) {
  KeySets sets(hooks());
  directory_.write("jwks",
                   key_set({R"({"kty":"oct","kid":"s","k":"AAAA"})", signer_.jwk(R"("kid":"a")")}));
  use(sets, {of_file("jwks")});
  EXPECT_TRUE(has(sets, "a"));
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("not used: key 1 (kid \"s\")")));
}

TEST_F(KeySetsTest, FetchAtOnceAndVerifyWithWhatCame) {
  serve(signer_, "k");
  KeySets sets(hooks());
  const std::vector<Issuer> issuers{at(server_.url("/jwks.json"))};
  use(sets, issuers);
  ASSERT_TRUE(refresh(sets)) << "waits for the fetch that is under way";
  const auto token = signer_.token("ES256", R"({"alg":"ES256","kid":"k"})", testing::claims());
  EXPECT_TRUE(
      std::holds_alternative<Claims>(verify_token(token, issuers, sets.current(), testing::kNow)));
  EXPECT_THAT(server_.requests(), ElementsAre(HasSubstr("GET /jwks.json HTTP/1.1")));
}

TEST_F(KeySetsTest, AreAskedForOnceWhateverKidsAFloodOfTokensNames) {
  serve(signer_, "k");
  KeySets sets(hooks());
  const std::vector<Issuer> issuers{at(server_.url())};
  use(sets, issuers);
  ASSERT_TRUE(refresh(sets));
  now_ += 60;
  std::string token = signer_.token("ES256", R"({"alg":"ES256","kid":"00000"})", testing::claims());
  const std::string rest = token.substr(token.find('.'));
  int unknown = 0;
  std::atomic<int> done{0};
  for (int i = 0; i < 10'000; ++i) {
    const auto head =
        testing::base64url(R"({"alg":"ES256","kid":")" + std::to_string(10'000 + i) + "\"}");
    const auto result = verify_token(head + rest, issuers, sets.current(), now_);
    if (std::holds_alternative<UnknownKey>(result)) ++unknown;
    sets.refresh(std::get<UnknownKey>(result).issuer, [&] { ++done; });
  }
  EXPECT_EQ(unknown, 10'000);
  ASSERT_TRUE(refresh(sets)) << "what was under way has ended";
  EXPECT_EQ(done, 10'000);
  EXPECT_THAT(server_.requests(), SizeIs(2)) << "the first and one more";
  now_ += 59;
  EXPECT_TRUE(refresh(sets));
  EXPECT_THAT(server_.requests(), SizeIs(2));
  now_ += 1;
  EXPECT_TRUE(refresh(sets));
  EXPECT_THAT(server_.requests(), SizeIs(3));
}

TEST_F(KeySetsTest, LetSomeWaitAndTellTheRestAtOnce) {
  std::promise<void> go;
  const KeyServer slow(authority_.issue("IP:127.0.0.1"),
                       [gate = go.get_future().share(), this](const std::string&) {
                         gate.wait();
                         return answer();
                       });
  serve(signer_, "k");
  std::atomic<int> done{0};
  KeySets sets(hooks());
  use(sets, {at(slow.url())});
  EXPECT_TRUE(slow.wait_for_requests(1));
  const auto all = std::make_shared<std::promise<void>>();
  for (int i = 0; i < 1000; ++i) {
    sets.refresh(kIssuer, [&done, all] {
      if (++done == 1000) all->set_value();
    });
  }
  EXPECT_EQ(done, 1000 - 12);
  go.set_value();
  EXPECT_EQ(all->get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(has(sets, "k"));
}

TEST_F(KeySetsTest, ForgetAKeyThatWasWithdrawnFiveMinutesLater) {
  serve(signer_, "old");
  KeySets sets(hooks());
  use(sets, {at(server_.url())});
  ASSERT_TRUE(refresh(sets));
  serve(signer_, "new");
  now_ += 299;
  EXPECT_TRUE(has(sets, "old"));
  EXPECT_THAT(server_.requests(), SizeIs(1)) << "nobody asked";
  now_ += 1;
  EXPECT_TRUE(has(sets, "old")) << "who uses it does not wait";
  ASSERT_TRUE(server_.wait_for_requests(2));
  ASSERT_TRUE(refresh(sets));
  EXPECT_FALSE(has(sets, "old"));
  EXPECT_TRUE(has(sets, "new"));
}

TEST_F(KeySetsTest, KeepTheLastForADayWhenItCannotBeFetched) {
  serve(signer_, "k");
  KeySets sets(hooks());
  use(sets, {at(server_.url())});
  ASSERT_TRUE(refresh(sets));
  const auto fetch_again = [&](const Answer& answer) {
    serve(answer);
    now_ += 60;
    ASSERT_TRUE(refresh(sets));
    EXPECT_TRUE(has(sets, "k"));
  };
  fetch_again({"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"});
  fetch_again({"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"});
  fetch_again(json_answer("<html>"));
  fetch_again(json_answer(R"({"keys":[{"kty":"oct","k":"AAAA"}]})"));
  fetch_again(json_answer(R"({"keys":[{"kty":"oct","k":"AAAA"}]})"));
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("it answered 500; the last keys stay in force"),
                                      HasSubstr("no JWK set"), HasSubstr("without a key")));
  EXPECT_THAT(warnings(), Each(HasSubstr("keys of issuer \"https://idp.example\": ")));
  now_ = testing::kNow + std::int64_t{24} * 3600 - 1;
  EXPECT_TRUE(has(sets, "k"));
  now_ = testing::kNow + std::int64_t{24} * 3600;
  EXPECT_THAT(sets.current(), IsEmpty());
  serve(signer_, "k");
  now_ += 60;
  ASSERT_TRUE(refresh(sets));
  EXPECT_TRUE(has(sets, "k"));
}

TEST_F(KeySetsTest, AreKeptOverAReloadForAsLongAsTheyComeFromTheSamePlace) {
  serve(signer_, "k");
  KeySets sets(hooks());
  use(sets, {at(server_.url("/a"))});
  ASSERT_TRUE(refresh(sets));
  Issuer other_audience = at(server_.url("/a"));
  other_audience.audience = "another";
  use(sets, {other_audience});
  EXPECT_TRUE(has(sets, "k"));
  EXPECT_THAT(server_.requests(), SizeIs(1));
  serve(signer_, "elsewhere");
  use(sets, {at(server_.url("/b"))});
  EXPECT_FALSE(has(sets, "k")) << "who configures another place trusts the former no more";
  ASSERT_TRUE(refresh(sets)) << "it was asked at once";
  EXPECT_TRUE(has(sets, "elsewhere"));
  use(sets, {});
  EXPECT_THAT(sets.current(), IsEmpty());
  EXPECT_TRUE(refresh(sets)) << "done at once";
  EXPECT_THAT(server_.requests(), SizeIs(2));
}

TEST_F(KeySetsTest, TakeAuthoritiesThatWereReplacedAtTheNextFetch) {
  const Authority next;
  const KeyServer moved(next.issue("IP:127.0.0.1"),
                        [this](const std::string&) { return answer(); });
  serve(signer_, "k");
  KeySets sets(hooks());
  use(sets, {at(moved.url())});
  ASSERT_TRUE(refresh(sets));
  EXPECT_FALSE(has(sets, "k"));
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("its certificate is refused")));
  directory_.write("ca.pem", next.certificate());
  now_ += 60;
  ASSERT_TRUE(refresh(sets));
  EXPECT_TRUE(has(sets, "k"));
  directory_.write("ca.pem", "");
  now_ += 60;
  ASSERT_TRUE(refresh(sets));
  EXPECT_TRUE(has(sets, "k"));
  EXPECT_THAT(warnings().back(), HasSubstr("no certificates in PEM"));
}

TEST_F(KeySetsTest, NeverAskWhereATokenSays) {
  const testing::Untouched attackers;
  const Signer attacker = Signer::ec("P-256");
  serve(signer_, "k");
  KeySets sets(hooks());
  const std::vector<Issuer> issuers{at(server_.url())};
  use(sets, issuers);
  ASSERT_TRUE(refresh(sets));
  now_ += 60;
  for (const std::string name : {"jku", "x5u", "kid", "iss"}) {
    const std::string place = "\"" + name + "\":\"" + attackers.url() + "\"";
    const std::string head =
        R"({"alg":"ES256",)" + (name == "kid" ? place : R"("kid":"mine",)" + place) + "}";
    const auto token =
        attacker.token("ES256", head, name == "iss" ? "{" + place + "}" : testing::claims());
    const auto result = verify_token(token, issuers, sets.current(), now_);
    EXPECT_FALSE(std::holds_alternative<Claims>(result));
    EXPECT_TRUE(refresh(sets)) << "the issuer's own server is asked";
    EXPECT_TRUE(refresh(sets, attackers.url())) << "done at once";
    now_ += 60;
  }
  EXPECT_THAT(server_.requests(), SizeIs(5));
  EXPECT_FALSE(attackers.was_touched());
}

TEST_F(KeySetsTest, EndWhileAFetchIsUnderWay) {
  serve({"HTTP/1.1 200 OK\r\n", Answer::Then::hold});
  std::atomic<int> done{0};
  {
    KeySets sets(hooks());
    use(sets, {at(server_.url())});
    ASSERT_TRUE(server_.wait_for_requests(1));
    sets.refresh(kIssuer, [&] { ++done; });
  }
  EXPECT_EQ(done, 0) << "who waits is forgotten";
}

}  // namespace
}  // namespace shmx::identity
