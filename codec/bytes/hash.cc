#include "codec/bytes/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "codec/bytes/hash_avx2.h"

namespace statestone::bytes {

std::uint64_t Xxh3(std::span<const std::byte> data) {
#if STATESTONE_HASH_AVX2
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return Xxh3Avx2(data.data(), data.size());
#endif
  return Xxh3Portable(data);
}

std::uint64_t Xxh3Portable(std::span<const std::byte> data) {
  return XXH3_64bits(data.data(), data.size());
}

Hash128 Xxh3Wide(std::span<const std::byte> data) {
  const XXH128_hash_t hash = XXH3_128bits(data.data(), data.size());
  return {hash.low64, hash.high64};
}

}  // namespace statestone::bytes
