#include "codec/chunk/exponent_pairs.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "codec/bytes/little_endian.h"
#include "codec/chunk/chunk_layout.h"
#include "codec/chunk/planes.h"
#include "codec/chunk/vector_clones.h"

namespace statestone::chunk {
namespace {

// All work is done block by block, each step a loop of its own over memory in the first-level
// cache: one loop that does everything keeps too many streams going and is a third slower. A block
// also reports whether it has exceptions at all; only then is it looked through again.
constexpr std::size_t kBlock = 512;

using Block = std::array<std::byte, kBlock>;

constexpr Shape kHalfFloats{2, true};

STATESTONE_INLINE_BODY std::uint8_t CodeOf(std::uint8_t byte, std::uint8_t top) {
  const auto distance = static_cast<std::uint8_t>(top - byte);
  const std::uint8_t other = byte == 0 ? kZeroCode : kExceptionCode;
  return distance < kWindow ? distance : other;
}

STATESTONE_INLINE_BODY std::uint8_t ByteOf(std::uint8_t code, std::uint8_t top) {
  return code < kWindow ? static_cast<std::uint8_t>(top - code) : 0;
}

/// The highest code of a block's lower and of its upper codes.
struct Highest {
  std::uint8_t first = 0;
  std::uint8_t second = 0;
};

// Plain restrict pointers: without them the compiler does not vectorize.
STATESTONE_VECTOR_CLONES
Highest PackBlock(const std::byte* __restrict first, const std::byte* __restrict second,
                  std::size_t count, std::uint8_t top, std::byte* __restrict codes) {
  std::uint8_t highest_first = 0;
  std::uint8_t highest_second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t a = CodeOf(static_cast<std::uint8_t>(first[i]), top);
    const std::uint8_t b = CodeOf(static_cast<std::uint8_t>(second[i]), top);
    highest_first = std::max(highest_first, a);
    highest_second = std::max(highest_second, b);
    codes[i] = static_cast<std::byte>(a | b << 4);
  }
  return {highest_first, highest_second};
}

/// Exceptions become 0.
STATESTONE_VECTOR_CLONES
Highest UnpackBlock(const std::byte* __restrict codes, std::size_t count, std::uint8_t top,
                    std::byte* __restrict first, std::byte* __restrict second) {
  std::uint8_t highest_first = 0;
  std::uint8_t highest_second = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto packed = static_cast<std::uint8_t>(codes[i]);
    const auto a = static_cast<std::uint8_t>(packed & 15);
    const auto b = static_cast<std::uint8_t>(packed >> 4);
    highest_first = std::max(highest_first, a);
    highest_second = std::max(highest_second, b);
    first[i] = static_cast<std::byte>(ByteOf(a, top));
    second[i] = static_cast<std::byte>(ByteOf(b, top));
  }
  return {highest_first, highest_second};
}

/// The bits of a packed byte that its lower and its upper code are in: all set for an exception.
constexpr auto kLowerCode = static_cast<std::byte>(kExceptionCode);
constexpr auto kUpperCode = static_cast<std::byte>(kExceptionCode << 4);

STATESTONE_VECTOR_CLONES
void MarkExceptions(const std::byte* __restrict codes, std::size_t count, std::byte code,
                    std::uint8_t* __restrict marks) {
  for (std::size_t i = 0; i < count; ++i) marks[i] = (codes[i] & code) == code ? 1 : 0;
}

/// How many of the lower codes are that of an exception.
STATESTONE_VECTOR_CLONES
std::size_t CountExceptions(const std::byte* codes, std::size_t count) {
  constexpr std::size_t kRun = 240;  // so that a byte can count it: vectors of 32 counters
  std::size_t exceptions = 0;
  for (std::size_t at = 0; at < count; at += kRun) {
    std::uint8_t of_run = 0;
    const std::size_t end = std::min(at + kRun, count);
    for (std::size_t i = at; i < end; ++i) {
      of_run += (codes[i] & kLowerCode) == kLowerCode ? 1 : 0;
    }
    exceptions += of_run;
  }
  return exceptions;
}

/// Calls `found(i)` for each of the `count` (at most kBlock) packed bytes whose lower or upper code
/// is that of an exception, in their order.
template <typename Found>
void ForEachException(const std::byte* codes, std::size_t count, std::byte code, Found found) {
  std::array<std::uint8_t, kBlock> marks;
  MarkExceptions(codes, count, code, marks.data());
  std::fill(marks.begin() + static_cast<std::ptrdiff_t>(count), marks.end(), std::uint8_t{0});
  const auto word = [&](std::size_t i) {
    return bytes::Load<std::uint64_t>(reinterpret_cast<const std::byte*>(&marks[i]));
  };
  for (std::size_t i = 0; i < count; i += 32) {
    if ((word(i) | word(i + 8) | word(i + 16) | word(i + 24)) == 0) continue;
    for (std::size_t at = i; at < i + 32; at += 8) {
      for (std::uint64_t set = word(at); set != 0; set &= set - 1) {
        found(at + static_cast<std::size_t>(std::countr_zero(set)) / 8);
      }
    }
  }
}

/// `upper(first, count, block)` returns the bytes to code of the units from `first` on, in `block`
/// if it has to make them.
template <typename Upper>
bool Pack(std::size_t units, std::uint8_t top, std::byte* codes, Exceptions& exceptions,
          Upper upper) {
  const std::size_t half = PackedSize(units);
  const std::size_t pairs = units / 2;
  Block first_block;
  Block second_block;
  exceptions.Clear();
  for (std::size_t at = 0; at < pairs; at += kBlock) {
    const std::size_t count = std::min(kBlock, pairs - at);
    const std::byte* first = upper(at, count, first_block.data());
    const std::byte* second = upper(half + at, count, second_block.data());
    const Highest highest = PackBlock(first, second, count, top, codes + at);
    if (highest.first == kExceptionCode) {
      ForEachException(codes + at, count, kLowerCode,
                       [&](std::size_t i) { exceptions.first.push_back(first[i]); });
    }
    if (highest.second == kExceptionCode) {
      ForEachException(codes + at, count, kUpperCode,
                       [&](std::size_t i) { exceptions.second.push_back(second[i]); });
    }
    if (exceptions.size() > MostExceptions(units)) return false;
  }
  if (half > pairs) {  // the middle unit of an odd number has no partner
    const std::byte middle = *upper(pairs, 1, first_block.data());
    codes[pairs] = static_cast<std::byte>(CodeOf(static_cast<std::uint8_t>(middle), top));
    if (static_cast<unsigned>(codes[pairs]) == kExceptionCode) exceptions.first.push_back(middle);
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
  return Pack(units, top, packed, exceptions,
              [=](std::size_t at, std::size_t, std::byte*) { return plane + at; });
}

bool SplitAndPack2(const std::byte* raw, std::size_t units, std::uint8_t top, std::byte* low,
                   std::byte* packed, Exceptions& exceptions) {
  return Pack(units, top, packed, exceptions,
              [=](std::size_t at, std::size_t count, std::byte* block) {
                Split(raw + 2 * at, count, kHalfFloats, {low + at, block});
                return block;
              });
}

bool SplitAndPack4(const std::byte* raw, std::size_t units, std::uint8_t top, std::byte* joined,
                   std::byte* plane2, std::byte* packed, Exceptions& exceptions) {
  return Pack(units, top, packed, exceptions,
              [=](std::size_t at, std::size_t count, std::byte* block) {
                SplitJoined(raw + 4 * at, count, true, joined + 2 * at, plane2 + at, block);
                return block;
              });
}

namespace {

/// Takes exceptions one by one; those that are missing count as 0.
struct ExceptionList {
  std::span<const std::byte> all;
  std::size_t used;

  std::byte Next() {
    const std::size_t place = used++;
    return place < all.size() ? all[place] : std::byte{0};
  }
};

// `place(first, block)` says where to unpack the bytes of the units from `first` on, to `block` or
// elsewhere; `merge(first, count, bytes)` is called when they are there.
template <typename Place, typename MergeBlock>
std::size_t UnpackAndMerge(const PackedPlane& packed, std::size_t units, Place place,
                           MergeBlock merge) {
  const std::size_t half = PackedSize(units);
  const std::size_t pairs = units / 2;
  ExceptionList first_exceptions{packed.exceptions, 0};
  // Those of the second half are listed behind all of the first.
  ExceptionList second_exceptions{packed.exceptions, 0};
  if (!packed.exceptions.empty()) second_exceptions.used = CountExceptions(packed.codes, half);
  const std::size_t in_first = second_exceptions.used;
  Block first_block;
  Block second_block;
  for (std::size_t at = 0; at < pairs; at += kBlock) {
    const std::size_t count = std::min(kBlock, pairs - at);
    const std::byte* codes = packed.codes + at;
    std::byte* first = place(at, first_block.data());
    std::byte* second = place(half + at, second_block.data());
    const Highest highest = UnpackBlock(codes, count, packed.top, first, second);
    if (highest.first == kExceptionCode) {
      ForEachException(codes, count, kLowerCode,
                       [&](std::size_t i) { first[i] = first_exceptions.Next(); });
    }
    merge(at, count, first);
    if (highest.second == kExceptionCode) {
      ForEachException(codes, count, kUpperCode,
                       [&](std::size_t i) { second[i] = second_exceptions.Next(); });
    }
    merge(half + at, count, second);
  }
  if (half > pairs) {
    const auto code = static_cast<std::uint8_t>(static_cast<unsigned>(packed.codes[pairs]) & 15);
    std::byte* middle = place(pairs, first_block.data());
    *middle = code == kExceptionCode ? first_exceptions.Next()
                                     : static_cast<std::byte>(ByteOf(code, packed.top));
    merge(pairs, 1, middle);
  }
  return first_exceptions.used + second_exceptions.used - in_first;
}

}  // namespace

std::size_t UnpackPlane(const PackedPlane& packed, std::size_t units, std::byte* plane) {
  return UnpackAndMerge(
      packed, units, [=](std::size_t at, std::byte*) { return plane + at; },
      [](std::size_t, std::size_t, const std::byte*) {});
}

std::size_t UnpackAndMerge2(const std::byte* low, const PackedPlane& packed, std::size_t units,
                            UnitTarget& target) {
  return UnpackAndMerge(
      packed, units, [](std::size_t, std::byte* block) { return block; },
      [&](std::size_t at, std::size_t count, const std::byte* upper) {
        target.Prefetch(2 * (at + count), 2 * std::min(kBlock, units - at - count));
        Merge({low + at, upper}, count, kHalfFloats, target.Place(2 * at));
        target.Placed(2 * at, 2 * count);
      });
}

std::size_t UnpackAndMerge4(const std::byte* joined, const std::byte* plane2,
                            const PackedPlane& packed, std::size_t units, UnitTarget& target) {
  return UnpackAndMerge(
      packed, units, [](std::size_t, std::byte* block) { return block; },
      [&](std::size_t at, std::size_t count, const std::byte* upper) {
        target.Prefetch(4 * (at + count), 4 * std::min(kBlock, units - at - count));
        MergeJoined(joined + 2 * at, plane2 + at, upper, count, true, target.Place(4 * at));
        target.Placed(4 * at, 4 * count);
      });
}

}  // namespace statestone::chunk
