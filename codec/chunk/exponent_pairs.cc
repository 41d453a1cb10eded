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

STATESTONE_VECTOR_CLONES
void MarkExceptions(const std::byte* __restrict codes, std::size_t count, unsigned shift,
                    std::uint8_t* __restrict marks) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = static_cast<std::uint8_t>(static_cast<std::uint8_t>(codes[i]) >> shift & 15);
    marks[i] = code == kExceptionCode ? 1 : 0;
  }
}

/// Calls `found(i)` for each of the `count` (at most kBlock) packed bytes whose lower (shift 0) or
/// upper (shift 4) code is that of an exception, in their order.
template <typename Found>
void ForEachException(const std::byte* codes, std::size_t count, unsigned shift, Found found) {
  std::array<std::uint8_t, kBlock> marks;
  MarkExceptions(codes, count, shift, marks.data());
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
      ForEachException(codes + at, count, 0,
                       [&](std::size_t i) { exceptions.first.push_back(first[i]); });
    }
    if (highest.second == kExceptionCode) {
      ForEachException(codes + at, count, 4,
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

// `merge(first, count, block)` makes the units from `first` on, whose coded bytes are in `block`.
template <typename MergeBlock>
std::size_t PairsMerger::Merge(const PackedPlane& packed, std::size_t units, MergeBlock merge) {
  const std::size_t half = PackedSize(units);
  const std::size_t pairs = units / 2;
  Block first;
  Block second;
  std::size_t used = 0;
  const auto next = [&] {
    const std::size_t place = used++;
    return place < packed.exceptions.size() ? packed.exceptions[place] : std::byte{0};
  };
  later_.clear();
  for (std::size_t at = 0; at < pairs; at += kBlock) {
    const std::size_t count = std::min(kBlock, pairs - at);
    const std::byte* codes = packed.codes + at;
    const Highest highest = UnpackBlock(codes, count, packed.top, first.data(), second.data());
    if (highest.first == kExceptionCode) {
      ForEachException(codes, count, 0, [&](std::size_t i) { first[i] = next(); });
    }
    merge(at, count, first.data());
    // Where the second half's exceptions start is known only when the first half is through.
    if (highest.second == kExceptionCode) {
      later_.push_back(at);
    } else {
      merge(half + at, count, second.data());
    }
  }
  if (half > pairs) {
    const auto code = static_cast<std::uint8_t>(static_cast<unsigned>(packed.codes[pairs]) & 15);
    first[0] = code == kExceptionCode ? next() : static_cast<std::byte>(ByteOf(code, packed.top));
    merge(pairs, 1, first.data());
  }
  for (const std::size_t at : later_) {
    const std::size_t count = std::min(kBlock, pairs - at);
    const std::byte* codes = packed.codes + at;
    UnpackBlock(codes, count, packed.top, first.data(), second.data());
    ForEachException(codes, count, 4, [&](std::size_t i) { second[i] = next(); });
    merge(half + at, count, second.data());
  }
  return used;
}

std::size_t PairsMerger::UnpackPlane(const PackedPlane& packed, std::size_t units,
                                     std::byte* plane) {
  return Merge(packed, units, [=](std::size_t at, std::size_t count, const std::byte* block) {
    std::memcpy(plane + at, block, count);
  });
}

std::size_t PairsMerger::Merge2(const std::byte* low, const PackedPlane& packed, std::size_t units,
                                UnitTarget& target) {
  return Merge(packed, units, [&](std::size_t at, std::size_t count, const std::byte* block) {
    chunk::Merge({low + at, block}, count, kHalfFloats, target.Place(2 * at));
    target.Placed(2 * at, 2 * count);
  });
}

std::size_t PairsMerger::Merge4(const std::byte* joined, const std::byte* plane2,
                                const PackedPlane& packed, std::size_t units, UnitTarget& target) {
  return Merge(packed, units, [&](std::size_t at, std::size_t count, const std::byte* block) {
    MergeJoined(joined + 2 * at, plane2 + at, block, count, true, target.Place(4 * at));
    target.Placed(4 * at, 4 * count);
  });
}

}  // namespace statestone::chunk
