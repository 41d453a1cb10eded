#include "codec/bytes/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace statestone::bytes {

std::uint64_t Xxh3(std::span<const std::byte> data) {
  return XXH3_64bits(data.data(), data.size());
}

Hash128 Xxh3Wide(std::span<const std::byte> data) {
  const XXH128_hash_t hash = XXH3_128bits(data.data(), data.size());
  return {hash.low64, hash.high64};
}

}  // namespace statestone::bytes
