#include "agent/identity/hasher.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <cstring>
#include <memory>
#include <utility>

namespace shmx::identity {
namespace {

bool matches(const std::string& password, const std::string& hash) {
  const auto scratch = std::make_unique<crypt_data>();
  const char* const made =
      crypt_rn(password.c_str(), hash.c_str(), scratch.get(), sizeof(crypt_data));
  // How long a hash is, is no secret; where two differ, is.
  return made != nullptr && std::strlen(made) == hash.size() &&
         CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
}

}  // namespace

Hasher::Hasher() : thread_([this] { run(); }) {}

void Hasher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
}

Hasher::~Hasher() {
  stop();
  thread_.join();
  for (const Job& job : waiting_) {
    job.done(Outcome::abandoned);
  }
}

bool Hasher::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= kMaxWaiting) return false;
    waiting_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void Hasher::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const bool same = matches(job.password, job.hash);
    OPENSSL_cleanse(job.password.data(), job.password.size());
    job.done(same ? Outcome::matches : Outcome::differs);
    job = {};  // what `done` holds ends outside the lock
    lock.lock();
  }
}

}  // namespace shmx::identity
