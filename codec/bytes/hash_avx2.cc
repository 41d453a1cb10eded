// Compiled with AVX2 on: nothing here may be called, nor shared with another file, on a processor
// without it. So no headers with inline functions but xxHash's, whose functions are all static.
#include "codec/bytes/hash_avx2.h"

#if STATESTONE_HASH_AVX2

#define XXH_INLINE_ALL
#include <xxhash.h>

#if XXH_VECTOR != XXH_AVX2
#error "this file has to be compiled with -mavx2"
#endif

namespace statestone::bytes {

std::uint64_t Xxh3Avx2(const void* data, std::size_t size) { return XXH3_64bits(data, size); }

}  // namespace statestone::bytes

#endif
