#include "agent/identity/verified_chains.h"

#include <openssl/evp.h>

#include <array>

namespace shmx::identity {
namespace {

/// Of the certificates with their sizes: where one ends, matters. Empty: OpenSSL has no memory.
std::string digest_of(const x509::Chain& chain) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return {};
  for (const std::string& der : chain) {
    const std::uint64_t size = der.size();
    EVP_DigestUpdate(context.get(), &size, sizeof(size));
    EVP_DigestUpdate(context.get(), der.data(), der.size());
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context.get(), made.data(), &size) != 1) return {};
  return {reinterpret_cast<const char*>(made.data()), size};
}

}  // namespace

Result<VerifiedChains::Names, Authorities::Problem> VerifiedChains::verify(
    const x509::Chain& chain, std::int64_t now_unix_s) {
  const std::string digest = digest_of(chain);
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(digest);
    if (found != entries_.end() && now_unix_s >= found->second.from_unix_s &&
        now_unix_s < found->second.until_unix_s) {
      return found->second.names;
    }
  }
  const auto until = authorities_.valid_until(chain, Purpose::client, now_unix_s);
  if (!until) return until.error();
  auto read = x509::names_of(chain.front());
  if (!read) return Authorities::Problem{"certificate_invalid", read.error().message};
  Names names = std::make_shared<const x509::Names>(std::move(read).value());
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMaxRemembered) entries_.clear();
  if (!digest.empty()) entries_[digest] = {names, now_unix_s, until.value()};
  return names;
}

std::size_t VerifiedChains::remembered() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace shmx::identity
