#include "codec/chunk/planes.h"

#include <algorithm>
#include <bit>

#include "codec/bytes/little_endian.h"
#include "codec/chunk/vector_clones.h"

namespace statestone::chunk {
namespace {

using bytes::Load;
using bytes::Store;

template <typename Word, bool kRotate>
STATESTONE_INLINE_BODY Word LoadUnit(const std::byte* raw, std::size_t i) {
  const Word x = Load<Word>(raw + i * sizeof(Word));
  return kRotate ? std::rotl(x, 1) : x;
}

template <typename Word, bool kRotate>
STATESTONE_INLINE_BODY void StoreUnit(std::byte* raw, std::size_t i, Word y) {
  Store<Word>(raw + i * sizeof(Word), kRotate ? std::rotr(y, 1) : y);
}

// The pointers are parameters, not an array, and restrict: the compiler then knows that a store to
// one plane changes neither another plane nor a pointer, and vectorizes.
template <bool kRotate>
STATESTONE_INLINE_BODY void Split2(const std::byte* __restrict raw, std::size_t units,
                                   std::byte* __restrict p0, std::byte* __restrict p1) {
  for (std::size_t i = 0; i < units; ++i) {
    const auto y = LoadUnit<std::uint16_t, kRotate>(raw, i);
    p0[i] = static_cast<std::byte>(y);
    p1[i] = static_cast<std::byte>(y >> 8);
  }
}

template <bool kRotate>
STATESTONE_INLINE_BODY void Merge2(std::byte* __restrict raw, std::size_t units,
                                   const std::byte* __restrict p0, const std::byte* __restrict p1) {
  for (std::size_t i = 0; i < units; ++i) {
    const auto y = static_cast<std::uint16_t>(static_cast<unsigned>(p0[i]) |
                                              static_cast<unsigned>(p1[i]) << 8);
    StoreUnit<std::uint16_t, kRotate>(raw, i, y);
  }
}

template <bool kRotate>
STATESTONE_INLINE_BODY void Split4(const std::byte* __restrict raw, std::size_t units,
                                   std::byte* __restrict p0, std::byte* __restrict p1,
                                   std::byte* __restrict p2, std::byte* __restrict p3) {
  for (std::size_t i = 0; i < units; ++i) {
    const auto y = LoadUnit<std::uint32_t, kRotate>(raw, i);
    p0[i] = static_cast<std::byte>(y);
    p1[i] = static_cast<std::byte>(y >> 8);
    p2[i] = static_cast<std::byte>(y >> 16);
    p3[i] = static_cast<std::byte>(y >> 24);
  }
}

template <bool kRotate>
STATESTONE_INLINE_BODY void Merge4(std::byte* __restrict raw, std::size_t units,
                                   const std::byte* __restrict p0, const std::byte* __restrict p1,
                                   const std::byte* __restrict p2, const std::byte* __restrict p3) {
  for (std::size_t i = 0; i < units; ++i) {
    const std::uint32_t y =
        static_cast<std::uint32_t>(p0[i]) | static_cast<std::uint32_t>(p1[i]) << 8 |
        static_cast<std::uint32_t>(p2[i]) << 16 | static_cast<std::uint32_t>(p3[i]) << 24;
    StoreUnit<std::uint32_t, kRotate>(raw, i, y);
  }
}

template <bool kRotate>
STATESTONE_INLINE_BODY void SplitJoined4(const std::byte* __restrict raw, std::size_t units,
                                         std::byte* __restrict joined, std::byte* __restrict p2,
                                         std::byte* __restrict p3) {
  for (std::size_t i = 0; i < units; ++i) {
    const auto y = LoadUnit<std::uint32_t, kRotate>(raw, i);
    Store<std::uint16_t>(joined + 2 * i, static_cast<std::uint16_t>(y));
    p2[i] = static_cast<std::byte>(y >> 16);
    p3[i] = static_cast<std::byte>(y >> 24);
  }
}

template <bool kRotate>
STATESTONE_INLINE_BODY void MergeJoined4(std::byte* __restrict raw, std::size_t units,
                                         const std::byte* __restrict joined,
                                         const std::byte* __restrict p2,
                                         const std::byte* __restrict p3) {
  for (std::size_t i = 0; i < units; ++i) {
    const std::uint32_t y = Load<std::uint16_t>(joined + 2 * i) |
                            static_cast<std::uint32_t>(p2[i]) << 16 |
                            static_cast<std::uint32_t>(p3[i]) << 24;
    StoreUnit<std::uint32_t, kRotate>(raw, i, y);
  }
}

// Eight streams at once are more than the compiler vectorizes: two passes of four instead.
template <bool kRotate>
STATESTONE_INLINE_BODY void SplitHalf8(const std::byte* __restrict raw, std::size_t units,
                                       unsigned shift, std::byte* __restrict p0,
                                       std::byte* __restrict p1, std::byte* __restrict p2,
                                       std::byte* __restrict p3) {
  for (std::size_t i = 0; i < units; ++i) {
    const auto y = static_cast<std::uint32_t>(LoadUnit<std::uint64_t, kRotate>(raw, i) >> shift);
    p0[i] = static_cast<std::byte>(y);
    p1[i] = static_cast<std::byte>(y >> 8);
    p2[i] = static_cast<std::byte>(y >> 16);
    p3[i] = static_cast<std::byte>(y >> 24);
  }
}

// Blocks that stay in the first-level cache between the two passes.
constexpr std::size_t kBlock8 = 1024;

template <bool kRotate>
STATESTONE_INLINE_BODY void Split8(const std::byte* raw, std::size_t units,
                                   const PlanePointers& p) {
  for (std::size_t at = 0; at < units; at += kBlock8) {
    const std::size_t count = units - at < kBlock8 ? units - at : kBlock8;
    const std::byte* block = raw + 8 * at;
    SplitHalf8<kRotate>(block, count, 0, p[0] + at, p[1] + at, p[2] + at, p[3] + at);
    SplitHalf8<kRotate>(block, count, 32, p[4] + at, p[5] + at, p[6] + at, p[7] + at);
  }
}

template <bool kRotate>
STATESTONE_INLINE_BODY void Merge8(std::byte* __restrict raw, std::size_t units,
                                   const ConstPlanePointers& p) {
  std::array<std::byte, 4 * kBlock8> low;
  std::array<std::byte, 4 * kBlock8> high;
  for (std::size_t at = 0; at < units; at += kBlock8) {
    const std::size_t count = units - at < kBlock8 ? units - at : kBlock8;
    Merge4<false>(low.data(), count, p[0] + at, p[1] + at, p[2] + at, p[3] + at);
    Merge4<false>(high.data(), count, p[4] + at, p[5] + at, p[6] + at, p[7] + at);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t y = Load<std::uint32_t>(&low[4 * i]) |
                              static_cast<std::uint64_t>(Load<std::uint32_t>(&high[4 * i])) << 32;
      StoreUnit<std::uint64_t, kRotate>(raw, at + i, y);
    }
  }
}

}  // namespace

STATESTONE_VECTOR_CLONES
void Split(const std::byte* raw, std::size_t units, Shape shape, const PlanePointers& p) {
  switch (shape.unit) {
    case 1:
      std::copy_n(raw, units, p[0]);
      break;
    case 2:
      shape.rotate ? Split2<true>(raw, units, p[0], p[1]) : Split2<false>(raw, units, p[0], p[1]);
      break;
    case 4:
      shape.rotate ? Split4<true>(raw, units, p[0], p[1], p[2], p[3])
                   : Split4<false>(raw, units, p[0], p[1], p[2], p[3]);
      break;
    default:
      shape.rotate ? Split8<true>(raw, units, p) : Split8<false>(raw, units, p);
  }
}

STATESTONE_VECTOR_CLONES
void Merge(const ConstPlanePointers& p, std::size_t units, Shape shape, std::byte* raw) {
  switch (shape.unit) {
    case 1:
      std::copy_n(p[0], units, raw);
      break;
    case 2:
      shape.rotate ? Merge2<true>(raw, units, p[0], p[1]) : Merge2<false>(raw, units, p[0], p[1]);
      break;
    case 4:
      shape.rotate ? Merge4<true>(raw, units, p[0], p[1], p[2], p[3])
                   : Merge4<false>(raw, units, p[0], p[1], p[2], p[3]);
      break;
    default:
      shape.rotate ? Merge8<true>(raw, units, p) : Merge8<false>(raw, units, p);
  }
}

STATESTONE_VECTOR_CLONES
void SplitJoined(const std::byte* raw, std::size_t units, bool rotate, std::byte* joined,
                 std::byte* plane2, std::byte* plane3) {
  rotate ? SplitJoined4<true>(raw, units, joined, plane2, plane3)
         : SplitJoined4<false>(raw, units, joined, plane2, plane3);
}

STATESTONE_VECTOR_CLONES
void MergeJoined(const std::byte* joined, const std::byte* plane2, const std::byte* plane3,
                 std::size_t units, bool rotate, std::byte* raw) {
  rotate ? MergeJoined4<true>(raw, units, joined, plane2, plane3)
         : MergeJoined4<false>(raw, units, joined, plane2, plane3);
}

STATESTONE_VECTOR_CLONES
void SeparateJoined(const std::byte* joined, std::size_t units, std::byte* even, std::byte* odd) {
  Split2<false>(joined, units, even, odd);
}

}  // namespace statestone::chunk
