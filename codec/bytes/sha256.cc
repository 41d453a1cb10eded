#include "codec/bytes/sha256.h"

#include <openssl/evp.h>

#include <new>

namespace statestone::bytes {

struct Sha256::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(digest); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  // These calls fail for want of memory only.
  if (context_->digest == nullptr ||
      EVP_DigestInit_ex(context_->digest, EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

Sha256::~Sha256() = default;

void Sha256::Update(std::span<const std::byte> data) {
  if (EVP_DigestUpdate(context_->digest, data.data(), data.size()) != 1) throw std::bad_alloc();
}

std::array<std::byte, 32> Sha256::Finish() {
  std::array<std::byte, 32> out{};
  if (EVP_DigestFinal_ex(context_->digest, reinterpret_cast<unsigned char*>(out.data()), nullptr) !=
      1) {
    throw std::bad_alloc();
  }
  return out;
}

}  // namespace statestone::bytes
