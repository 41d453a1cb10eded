#include "codec/chunk/exponent_pairs.h"

#include <algorithm>
#include <bit>

#include "codec/bytes/little_endian.h"
#include "codec/chunk/chunk_layout.h"
#include "codec/chunk/vector_clones.h"

namespace statestone::chunk {
namespace {

using bytes::Load;
using bytes::Store;

// The vector loops run over blocks and report whether a block has an exception at all; only then
// is it looked through again, while it is in the first-level cache.
constexpr std::size_t kBlock = 512;

constexpr std::uint64_t kLowNibbles = 0x0101010101010101;

STATESTONE_INLINE_BODY unsigned CodeOf(unsigned byte, unsigned top) {
  const auto distance = static_cast<std::uint8_t>(top - byte);
  const std::uint8_t other = byte == 0 ? kZeroCode : kExceptionCode;
  return distance < kWindow ? distance : other;
}

STATESTONE_INLINE_BODY unsigned ByteOf(unsigned code, unsigned top) {
  return code < kWindow ? static_cast<std::uint8_t>(top - code) : 0;
}

/// Calls `found(i)` for each of the `count` packed bytes whose lower (shift 0) or upper (shift 4)
/// code is that of an exception.
template <typename Found>
void ForEachException(const std::byte* codes, std::size_t count, unsigned shift, Found found) {
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const auto word = Load<std::uint64_t>(codes + i) >> shift;
    std::uint64_t all_set = word & word >> 1 & word >> 2 & word >> 3 & kLowNibbles;
    for (; all_set != 0; all_set &= all_set - 1) found(i + std::countr_zero(all_set) / 8);
  }
  for (; i < count; ++i) {
    if ((static_cast<unsigned>(codes[i]) >> shift & 15) == kExceptionCode) found(i);
  }
}

/// Whether a block of packed bytes has exceptions among its lower and its upper codes.
struct Seen {
  std::uint8_t first = 0;   ///< the highest code seen
  std::uint8_t second = 0;  ///< the same of the upper codes
};

// One block loop for each kind of unit. They take plain restrict pointers: without those the
// compiler vectorizes none of them.

STATESTONE_VECTOR_CLONES
Seen PackBlock1(const std::byte* __restrict first, const std::byte* __restrict second,
                std::size_t count, unsigned top, std::byte* __restrict packed) {
  std::uint8_t seen_first = 0;
  std::uint8_t seen_second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto a = static_cast<std::uint8_t>(CodeOf(static_cast<std::uint8_t>(first[i]), top));
    const auto b = static_cast<std::uint8_t>(CodeOf(static_cast<std::uint8_t>(second[i]), top));
    seen_first = std::max(seen_first, a);
    seen_second = std::max(seen_second, b);
    packed[i] = static_cast<std::byte>(a | b << 4);
  }
  return {seen_first, seen_second};
}

STATESTONE_VECTOR_CLONES
Seen PackBlock2(const std::byte* __restrict first, const std::byte* __restrict second,
                std::size_t count, unsigned top, std::byte* __restrict low_first,
                std::byte* __restrict low_second, std::byte* __restrict packed) {
  std::uint8_t seen_first = 0;
  std::uint8_t seen_second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t y = std::rotl(Load<std::uint16_t>(first + 2 * i), 1);
    const std::uint16_t z = std::rotl(Load<std::uint16_t>(second + 2 * i), 1);
    low_first[i] = static_cast<std::byte>(y);
    low_second[i] = static_cast<std::byte>(z);
    const auto a = static_cast<std::uint8_t>(CodeOf(static_cast<std::uint8_t>(y >> 8), top));
    const auto b = static_cast<std::uint8_t>(CodeOf(static_cast<std::uint8_t>(z >> 8), top));
    seen_first = std::max(seen_first, a);
    seen_second = std::max(seen_second, b);
    packed[i] = static_cast<std::byte>(a | b << 4);
  }
  return {seen_first, seen_second};
}

STATESTONE_VECTOR_CLONES
Seen PackBlock4(const std::byte* __restrict first, const std::byte* __restrict second,
                std::size_t count, unsigned top, std::byte* __restrict joined_first,
                std::byte* __restrict joined_second, std::byte* __restrict plane2_first,
                std::byte* __restrict plane2_second, std::byte* __restrict packed) {
  std::uint8_t seen_first = 0;
  std::uint8_t seen_second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t y = std::rotl(Load<std::uint32_t>(first + 4 * i), 1);
    const std::uint32_t z = std::rotl(Load<std::uint32_t>(second + 4 * i), 1);
    Store<std::uint16_t>(joined_first + 2 * i, static_cast<std::uint16_t>(y));
    Store<std::uint16_t>(joined_second + 2 * i, static_cast<std::uint16_t>(z));
    plane2_first[i] = static_cast<std::byte>(y >> 16);
    plane2_second[i] = static_cast<std::byte>(z >> 16);
    const auto a = static_cast<std::uint8_t>(CodeOf(static_cast<std::uint8_t>(y >> 24), top));
    const auto b = static_cast<std::uint8_t>(CodeOf(static_cast<std::uint8_t>(z >> 24), top));
    seen_first = std::max(seen_first, a);
    seen_second = std::max(seen_second, b);
    packed[i] = static_cast<std::byte>(a | b << 4);
  }
  return {seen_first, seen_second};
}

STATESTONE_VECTOR_CLONES
Seen UnpackBlock1(const std::byte* __restrict codes, std::size_t count, unsigned top,
                  std::byte* __restrict first, std::byte* __restrict second) {
  std::uint8_t seen_first = 0;
  std::uint8_t seen_second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto a = static_cast<std::uint8_t>(static_cast<std::uint8_t>(codes[i]) & 15);
    const auto b = static_cast<std::uint8_t>(static_cast<std::uint8_t>(codes[i]) >> 4);
    seen_first = std::max(seen_first, a);
    seen_second = std::max(seen_second, b);
    first[i] = static_cast<std::byte>(ByteOf(a, top));
    second[i] = static_cast<std::byte>(ByteOf(b, top));
  }
  return {seen_first, seen_second};
}

STATESTONE_VECTOR_CLONES
Seen UnpackBlock2(const std::byte* __restrict codes, std::size_t count, unsigned top,
                  const std::byte* __restrict low_first, const std::byte* __restrict low_second,
                  std::byte* __restrict first, std::byte* __restrict second) {
  std::uint8_t seen_first = 0;
  std::uint8_t seen_second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto a = static_cast<std::uint8_t>(static_cast<std::uint8_t>(codes[i]) & 15);
    const auto b = static_cast<std::uint8_t>(static_cast<std::uint8_t>(codes[i]) >> 4);
    seen_first = std::max(seen_first, a);
    seen_second = std::max(seen_second, b);
    const auto y = static_cast<std::uint16_t>(static_cast<std::uint8_t>(low_first[i]) |
                                              static_cast<std::uint8_t>(ByteOf(a, top)) << 8);
    const auto z = static_cast<std::uint16_t>(static_cast<std::uint8_t>(low_second[i]) |
                                              static_cast<std::uint8_t>(ByteOf(b, top)) << 8);
    Store<std::uint16_t>(first + 2 * i, std::rotr(y, 1));
    Store<std::uint16_t>(second + 2 * i, std::rotr(z, 1));
  }
  return {seen_first, seen_second};
}

STATESTONE_VECTOR_CLONES
Seen UnpackBlock4(const std::byte* __restrict codes, std::size_t count, unsigned top,
                  const std::byte* __restrict joined_first,
                  const std::byte* __restrict joined_second,
                  const std::byte* __restrict plane2_first,
                  const std::byte* __restrict plane2_second, std::byte* __restrict first,
                  std::byte* __restrict second) {
  std::uint8_t seen_first = 0;
  std::uint8_t seen_second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto a = static_cast<std::uint8_t>(static_cast<std::uint8_t>(codes[i]) & 15);
    const auto b = static_cast<std::uint8_t>(static_cast<std::uint8_t>(codes[i]) >> 4);
    seen_first = std::max(seen_first, a);
    seen_second = std::max(seen_second, b);
    const std::uint32_t y = Load<std::uint16_t>(joined_first + 2 * i) |
                            static_cast<std::uint32_t>(plane2_first[i]) << 16 |
                            ByteOf(a, top) << 24;
    const std::uint32_t z = Load<std::uint16_t>(joined_second + 2 * i) |
                            static_cast<std::uint32_t>(plane2_second[i]) << 16 |
                            ByteOf(b, top) << 24;
    Store<std::uint32_t>(first + 4 * i, std::rotr(y, 1));
    Store<std::uint32_t>(second + 4 * i, std::rotr(z, 1));
  }
  return {seen_first, seen_second};
}

/// Runs `pack(at, count)` over the blocks of the first half, unit at + half being the partner of
/// unit at, and collects exceptions. `upper(i)` is the byte of unit i that is coded.
template <typename PackBlock, typename Upper>
bool Pack(std::size_t units, unsigned top, std::byte* packed, Exceptions& exceptions,
          PackBlock pack, Upper upper) {
  const std::size_t half = PackedSize(units);
  const std::size_t pairs = units / 2;
  exceptions.Clear();
  for (std::size_t at = 0; at < pairs; at += kBlock) {
    const std::size_t count = std::min(kBlock, pairs - at);
    const Seen seen = pack(at, count);
    if (seen.first == kExceptionCode) {
      ForEachException(packed + at, count, 0,
                       [&](std::size_t i) { exceptions.first.push_back(upper(at + i)); });
    }
    if (seen.second == kExceptionCode) {
      ForEachException(packed + at, count, 4,
                       [&](std::size_t i) { exceptions.second.push_back(upper(half + at + i)); });
    }
    if (exceptions.size() > MostExceptions(units)) return false;
  }
  if (half > pairs) {  // the middle unit of an odd number has no partner
    const std::byte byte = upper(pairs);
    const unsigned code = CodeOf(static_cast<unsigned>(byte), top);
    packed[pairs] = static_cast<std::byte>(code);
    if (code == kExceptionCode) exceptions.first.push_back(byte);
  }
  return exceptions.size() <= MostExceptions(units);
}

}  // namespace

void Exceptions::Clear() {
  first.clear();
  second.clear();
}

bool PackPlane(const std::byte* plane, std::size_t units, std::uint8_t top, std::byte* packed,
               Exceptions& exceptions) {
  const std::byte* later = plane + PackedSize(units);
  return Pack(
      units, top, packed, exceptions,
      [=](std::size_t at, std::size_t count) {
        return PackBlock1(plane + at, later + at, count, top, packed + at);
      },
      [=](std::size_t i) { return plane[i]; });
}

bool SplitAndPack2(const std::byte* raw, std::size_t units, std::uint8_t top, std::byte* low,
                   std::byte* packed, Exceptions& exceptions) {
  const std::size_t half = PackedSize(units);
  const auto rotated = [=](std::size_t i) {
    return std::rotl(Load<std::uint16_t>(raw + 2 * i), 1);
  };
  if (units % 2 != 0) low[half - 1] = static_cast<std::byte>(rotated(half - 1));
  return Pack(
      units, top, packed, exceptions,
      [=](std::size_t at, std::size_t count) {
        return PackBlock2(raw + 2 * at, raw + 2 * (half + at), count, top, low + at,
                          low + half + at, packed + at);
      },
      [=](std::size_t i) { return static_cast<std::byte>(rotated(i) >> 8); });
}

bool SplitAndPack4(const std::byte* raw, std::size_t units, std::uint8_t top, std::byte* joined,
                   std::byte* plane2, std::byte* packed, Exceptions& exceptions) {
  const std::size_t half = PackedSize(units);
  const auto rotated = [=](std::size_t i) {
    return std::rotl(Load<std::uint32_t>(raw + 4 * i), 1);
  };
  if (units % 2 != 0) {
    const std::uint32_t y = rotated(half - 1);
    Store<std::uint16_t>(joined + 2 * (half - 1), static_cast<std::uint16_t>(y));
    plane2[half - 1] = static_cast<std::byte>(y >> 16);
  }
  return Pack(
      units, top, packed, exceptions,
      [=](std::size_t at, std::size_t count) {
        return PackBlock4(raw + 4 * at, raw + 4 * (half + at), count, top, joined + 2 * at,
                          joined + 2 * (half + at), plane2 + at, plane2 + half + at, packed + at);
      },
      [=](std::size_t i) { return static_cast<std::byte>(rotated(i) >> 24); });
}

// `kernel.Block(at, count)` merges a block of both halves with 0 in place of exceptions;
// `kernel.Put(i, byte)` puts one byte there.
template <typename Kernel>
std::size_t PairsMerger::Merge(const PackedPlane& packed, std::size_t units, Kernel kernel) {
  const std::size_t half = PackedSize(units);
  const std::size_t pairs = units / 2;
  std::size_t used = 0;
  const auto next = [&] {
    const std::size_t place = used++;
    return place < packed.exceptions.size() ? packed.exceptions[place] : std::byte{0};
  };
  later_blocks_.clear();
  for (std::size_t at = 0; at < pairs; at += kBlock) {
    const std::size_t count = std::min(kBlock, pairs - at);
    const Seen seen = kernel.Block(at, count);
    if (seen.first == kExceptionCode) {
      ForEachException(packed.codes + at, count, 0,
                       [&](std::size_t i) { kernel.Put(at + i, next()); });
    }
    // Where the second half's exceptions start is known only when the first half is through.
    if (seen.second == kExceptionCode) later_blocks_.push_back(at);
  }
  if (half > pairs) {
    const unsigned code = static_cast<unsigned>(packed.codes[pairs]) & 15;
    kernel.Last(pairs);
    kernel.Put(pairs,
               code == kExceptionCode ? next() : static_cast<std::byte>(ByteOf(code, packed.top)));
  }
  for (const std::size_t at : later_blocks_) {
    ForEachException(packed.codes + at, std::min(kBlock, pairs - at), 4,
                     [&](std::size_t i) { kernel.Put(half + at + i, next()); });
  }
  return used;
}

std::size_t PairsMerger::UnpackPlane(const PackedPlane& packed, std::size_t units,
                                     std::byte* plane) {
  struct Kernel {
    const PackedPlane& packed;
    std::size_t half;
    std::byte* plane;

    Seen Block(std::size_t at, std::size_t count) const {
      return UnpackBlock1(packed.codes + at, count, packed.top, plane + at, plane + half + at);
    }
    void Last(std::size_t) const {}
    void Put(std::size_t i, std::byte byte) const { plane[i] = byte; }
  };
  return Merge(packed, units, Kernel{packed, PackedSize(units), plane});
}

std::size_t PairsMerger::Merge2(const std::byte* low, const PackedPlane& packed, std::size_t units,
                                std::byte* raw) {
  struct Kernel {
    const std::byte* low;
    const PackedPlane& packed;
    std::size_t half;
    std::byte* raw;

    Seen Block(std::size_t at, std::size_t count) const {
      return UnpackBlock2(packed.codes + at, count, packed.top, low + at, low + half + at,
                          raw + 2 * at, raw + 2 * (half + at));
    }
    void Last(std::size_t i) const {
      Store(raw + 2 * i, std::rotr(static_cast<std::uint16_t>(low[i]), 1));
    }
    void Put(std::size_t i, std::byte byte) const {
      const auto upper = static_cast<std::uint16_t>(static_cast<unsigned>(byte) << 8);
      const auto lower = Load<std::uint16_t>(raw + 2 * i);
      Store(raw + 2 * i, static_cast<std::uint16_t>(lower | std::rotr(upper, 1)));
    }
  };
  return Merge(packed, units, Kernel{low, packed, PackedSize(units), raw});
}

std::size_t PairsMerger::Merge4(const std::byte* joined, const std::byte* plane2,
                                const PackedPlane& packed, std::size_t units, std::byte* raw) {
  struct Kernel {
    const std::byte* joined;
    const std::byte* plane2;
    const PackedPlane& packed;
    std::size_t half;
    std::byte* raw;

    Seen Block(std::size_t at, std::size_t count) const {
      return UnpackBlock4(packed.codes + at, count, packed.top, joined + 2 * at,
                          joined + 2 * (half + at), plane2 + at, plane2 + half + at, raw + 4 * at,
                          raw + 4 * (half + at));
    }
    void Last(std::size_t i) const {
      const std::uint32_t y =
          Load<std::uint16_t>(joined + 2 * i) | static_cast<std::uint32_t>(plane2[i]) << 16;
      Store(raw + 4 * i, std::rotr(y, 1));
    }
    void Put(std::size_t i, std::byte byte) const {
      const std::uint32_t upper = static_cast<std::uint32_t>(byte) << 24;
      Store(raw + 4 * i, Load<std::uint32_t>(raw + 4 * i) | std::rotr(upper, 1));
    }
  };
  return Merge(packed, units, Kernel{joined, plane2, packed, PackedSize(units), raw});
}

}  // namespace statestone::chunk
