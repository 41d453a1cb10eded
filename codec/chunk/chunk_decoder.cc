#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "codec/bytes/checked.h"
#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "codec/chunk/chunk_codec.h"
#include "codec/chunk/chunk_error.h"
#include "codec/chunk/chunk_layout.h"
#include "codec/chunk/exponent_pairs.h"
#include "codec/chunk/planes.h"
#include "codec/chunk/scratch_buffer.h"
#include "codec/chunk/unit_target.h"
#include "codec/chunk/zstd_frame.h"

namespace statestone::chunk {
namespace {

/// One plane's stored bytes, its header checked.
struct StoredPlane {
  PlaneCoding coding = PlaneCoding::kRaw;
  std::uint64_t offset = 0;  ///< in the stored chunk
  std::span<const std::byte> bytes;
};

using StoredPlanes = std::array<StoredPlane, kMaxPlanes>;

const char* NameOf(PlaneCoding coding) {
  constexpr std::array kNames = {"raw", "constant", "zstd", "pairs", "joined", "with previous"};
  return kNames[static_cast<std::size_t>(coding)];
}

std::string Bytes(std::uint64_t count) { return std::to_string(count) + " bytes"; }

PlaneCoding CodingOf(std::uint32_t header, std::uint64_t offset) {
  const std::uint32_t coding = header >> kPlaneLengthBits;
  Require(CheckSite::kChunkPlaneCoding, coding < kKnownPlaneCodings, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.offset = offset,
                  .problem = "a plane has an unknown coding",
                  .expected = "0 to " + std::to_string(kKnownPlaneCodings - 1),
                  .found = std::to_string(coding),
                  .advice = "read it with a newer version of Statestone"});
  });
  return static_cast<PlaneCoding>(coding);
}

/// Whether a plane of `units` bytes may have the coding and the stored length.
void CheckLength(PlaneCoding coding, std::uint64_t length, std::uint64_t units,
                 std::uint64_t offset) {
  std::uint64_t expected = length;
  bool fits = true;
  switch (coding) {
    case PlaneCoding::kRaw:
      expected = units;
      break;
    case PlaneCoding::kConstant:
      expected = 1;
      fits = units >= 1;
      break;
    case PlaneCoding::kJoined:
      expected = 2 * units;
      break;
    case PlaneCoding::kWithPrevious:
      expected = 0;
      break;
    case PlaneCoding::kPairs:
      fits = units >= 1;
      break;
    case PlaneCoding::kZstd:
      break;
  }
  Require(CheckSite::kChunkPlaneLength, fits && length == expected, [&] {
    return Corrupt(offset,
                   std::string("a plane has the wrong length for its coding, ") + NameOf(coding),
                   fits ? Bytes(expected) : "at least one unit", fits ? Bytes(length) : "none");
  });
}

/// Reads and checks the plane headers: all lengths together are the stored size afterwards.
StoredPlanes ReadHeaders(std::span<const std::byte> stored, Shape shape, std::uint64_t units,
                         std::uint64_t rest) {
  const std::uint64_t headers = kPlaneHeaderBytes * shape.unit;
  Require(CheckSite::kChunkHeader, stored.size() >= headers + rest, [&] {
    return Corrupt(0, "a chunk is shorter than its headers", "at least " + Bytes(headers + rest),
                   Bytes(stored.size()));
  });
  StoredPlanes planes;
  std::uint64_t place = headers;
  const std::uint64_t end = stored.size() - rest;
  for (std::size_t k = 0; k < shape.unit; ++k) {
    const std::uint64_t offset = kPlaneHeaderBytes * k;
    const auto header = bytes::Load<std::uint32_t>(stored.data() + offset);
    const PlaneCoding coding = CodingOf(header, offset);
    const bool after_joined = k > 0 && planes[k - 1].coding == PlaneCoding::kJoined;
    const bool may_join = k % 2 == 0 && k + 1u < shape.unit;
    Require(CheckSite::kChunkJoinedPlane,
            (coding == PlaneCoding::kWithPrevious) == after_joined &&
                (coding != PlaneCoding::kJoined || may_join),
            [&] {
              return Corrupt(
                  offset, "planes are not joined in pairs",
                  after_joined ? "with previous" : "joined only on the first plane of a pair",
                  NameOf(coding));
            });
    const std::uint64_t length = header & kPlaneLengthMask;
    CheckLength(coding, length, units, offset);
    Require(CheckSite::kChunkPlaneExtent, bytes::RangeFits(place, length, end), [&] {
      return Corrupt(offset, "a plane reaches past the end of its chunk",
                     "at most " + Bytes(end - place), Bytes(length));
    });
    planes[k] = {coding, place, stored.subspan(place, length)};
    place += length;
  }
  Require(CheckSite::kChunkLength, place == end, [&] {
    return Corrupt(place, "a chunk has bytes that belong to no plane", Bytes(place + rest),
                   Bytes(stored.size()));
  });
  return planes;
}

}  // namespace

struct Decoder::State {
  FrameDecompressor frames;
  ScratchBuffer planes;
  ScratchBuffer packed;

  PackedPlane ReadPairs(const StoredPlane& plane, std::size_t units);
  const std::byte* ReadPlane(const StoredPlane& plane, std::size_t units, std::byte* scratch);
  bool MergeFloats(const StoredPlanes& stored, std::size_t units, Shape shape, UnitTarget& target);
  void MergePlanes(const StoredPlanes& stored, std::size_t units, Shape shape, UnitTarget& target);
  void Decode(std::span<const std::byte> stored, Shape shape, std::size_t raw_size,
              UnitTarget& target);
};

namespace {

void CheckExceptions(const StoredPlane& plane, const PackedPlane& packed, std::size_t codes) {
  Require(CheckSite::kChunkPairsExceptions, codes == packed.exceptions.size(), [&] {
    return Corrupt(plane.offset + plane.bytes.size() - packed.exceptions.size(),
                   "a plane of pairs has the wrong number of exceptions", std::to_string(codes),
                   std::to_string(packed.exceptions.size()));
  });
}

}  // namespace

Decoder::Decoder() : state_(std::make_unique<State>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

// All that can be said about a plane of pairs without looking at each code.
PackedPlane Decoder::State::ReadPairs(const StoredPlane& plane, std::size_t units) {
  const std::span<const std::byte> bytes = plane.bytes;
  Require(CheckSite::kChunkPairsLength, bytes.size() >= kPairsHeaderBytes, [&] {
    return Corrupt(plane.offset, "a plane of pairs is shorter than its header",
                   "at least " + Bytes(kPairsHeaderBytes), Bytes(bytes.size()));
  });
  const auto frame = bytes::Load<std::uint32_t>(bytes.data());
  const auto top_and_zeros = bytes::Load<std::uint32_t>(bytes.data() + 4);
  Require(CheckSite::kChunkPairsFrame, frame <= bytes.size() - kPairsHeaderBytes, [&] {
    return Corrupt(plane.offset, "the frame of a plane of pairs reaches past the plane",
                   "at most " + Bytes(bytes.size() - kPairsHeaderBytes), Bytes(frame));
  });
  Require(CheckSite::kChunkPairsHeader, top_and_zeros >= kMinTop && top_and_zeros <= 255, [&] {
    return Corrupt(plane.offset + 4, "a plane of pairs has a wrong window",
                   "a top of " + std::to_string(kMinTop) + " to 255 and three zero bytes",
                   Hex(top_and_zeros));
  });
  const std::size_t half = PackedSize(units);
  std::byte* codes = packed.AtLeast(half);
  frames.Decompress(bytes.subspan(kPairsHeaderBytes, frame), plane.offset + kPairsHeaderBytes,
                    codes, half);
  Require(CheckSite::kChunkPairsPadding,
          units % 2 == 0 || static_cast<unsigned>(codes[half - 1]) <= kExceptionCode, [&] {
            return Corrupt(plane.offset + kPairsHeaderBytes,
                           "the code that stands for no unit is not zero", "0",
                           std::to_string(static_cast<unsigned>(codes[half - 1]) >> 4));
          });
  return {static_cast<std::uint8_t>(top_and_zeros), codes,
          bytes.subspan(kPairsHeaderBytes + frame)};
}

/// The plane's bytes: in place where they are stored as they are, else in `scratch`.
const std::byte* Decoder::State::ReadPlane(const StoredPlane& plane, std::size_t units,
                                           std::byte* scratch) {
  switch (plane.coding) {
    case PlaneCoding::kConstant:
      std::memset(scratch, static_cast<int>(plane.bytes[0]), units);
      return scratch;
    case PlaneCoding::kZstd:
      frames.Decompress(plane.bytes, plane.offset, scratch, units);
      return scratch;
    case PlaneCoding::kPairs: {
      const PackedPlane pairs = ReadPairs(plane, units);
      CheckExceptions(plane, pairs, UnpackPlane(pairs, units, scratch));
      return scratch;
    }
    default:
      return plane.bytes.data();
  }
}

// The common case of weights, see Encoder: one pass that unpacks the exponents and merges. Returns
// false if the chunk is not of that kind.
bool Decoder::State::MergeFloats(const StoredPlanes& stored, std::size_t units, Shape shape,
                                 UnitTarget& target) {
  const StoredPlane& exponents = stored[shape.unit - 1u];
  if (!shape.rotate || exponents.coding != PlaneCoding::kPairs) return false;
  if (shape.unit == 2) {
    const std::byte* low = ReadPlane(stored[0], units, planes.AtLeast(units));
    const PackedPlane pairs = ReadPairs(exponents, units);
    CheckExceptions(exponents, pairs, UnpackAndMerge2(low, pairs, units, target));
    return true;
  }
  if (shape.unit == 4 && stored[0].coding == PlaneCoding::kJoined) {
    const std::byte* plane2 = ReadPlane(stored[2], units, planes.AtLeast(units));
    const PackedPlane pairs = ReadPairs(exponents, units);
    CheckExceptions(exponents, pairs,
                    UnpackAndMerge4(stored[0].bytes.data(), plane2, pairs, units, target));
    return true;
  }
  return false;
}

void Decoder::State::MergePlanes(const StoredPlanes& stored, std::size_t units, Shape shape,
                                 UnitTarget& target) {
  if (shape.unit <= 1) {  // the plane is the units
    std::byte* place = target.decodes() ? target.Place(0) : planes.AtLeast(units);
    target.Put(0, ReadPlane(stored[0], units, place), units);
    return;
  }
  const bool lower_joined = shape.unit == 4 && stored[0].coding == PlaneCoding::kJoined;
  std::byte* scratch = planes.AtLeast(units * shape.unit);
  ConstPlanePointers read{};
  for (std::size_t k = lower_joined ? 2 : 0; k < shape.unit; ++k) {
    std::byte* place = scratch + k * units;
    if (stored[k].coding == PlaneCoding::kJoined) {
      SeparateJoined(stored[k].bytes.data(), units, place, place + units);
      read[k] = place;
      read[k + 1] = place + units;
      ++k;
    } else {
      read[k] = ReadPlane(stored[k], units, place);
    }
  }
  const std::size_t most = UnitTarget::kMostBytes / shape.unit;
  for (std::size_t at = 0; at < units; at += most) {
    const std::size_t count = std::min(most, units - at);
    std::byte* raw = target.Place(at * shape.unit);
    if (lower_joined) {
      MergeJoined(stored[0].bytes.data() + 2 * at, read[2] + at, read[3] + at, count, shape.rotate,
                  raw);
    } else {
      ConstPlanePointers block{};
      for (std::size_t k = 0; k < shape.unit; ++k) block[k] = read[k] + at;
      Merge(block, count, shape, raw);
    }
    target.Placed(at * shape.unit, count * shape.unit);
  }
}

void Decoder::State::Decode(std::span<const std::byte> stored, Shape shape, std::size_t raw_size,
                            UnitTarget& target) {
  CheckShape(raw_size, shape);
  const std::size_t units = raw_size / shape.unit;
  const std::size_t rest = raw_size % shape.unit;
  const StoredPlanes headers = ReadHeaders(stored, shape, units, rest);
  if (!MergeFloats(headers, units, shape, target)) MergePlanes(headers, units, shape, target);
  target.Put(raw_size - rest, stored.data() + stored.size() - rest, rest);
}

void Decoder::Decode(std::span<const std::byte> stored, Shape shape, std::span<std::byte> raw) {
  UnitTarget target = UnitTarget::Into(raw.data());
  state_->Decode(stored, shape, raw.size(), target);
}

std::optional<std::size_t> Decoder::FirstDifference(std::span<const std::byte> stored, Shape shape,
                                                    std::span<const std::byte> raw) {
  UnitTarget target = UnitTarget::Against(raw.data());
  state_->Decode(stored, shape, raw.size(), target);
  return target.first_difference();
}

}  // namespace statestone::chunk
