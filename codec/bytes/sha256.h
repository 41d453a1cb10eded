// SHA-256 by OpenSSL's libcrypto, in pieces.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace statestone::bytes {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(std::span<const std::byte> data);
  /// Once, at the end.
  std::array<std::byte, 32> Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace statestone::bytes
