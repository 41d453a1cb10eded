#include "codec/chunk/plane_coding.h"

#include <algorithm>
#include <cstring>

#include "codec/bytes/little_endian.h"

namespace statestone::chunk {
namespace {

// A frame of fewer bytes is larger than they are.
constexpr std::size_t kSmallestPlane = 16;

bool AllEqual(std::span<const std::byte> plane) {
  return std::memcmp(plane.data(), plane.data() + 1, plane.size() - 1) == 0;
}

}  // namespace

std::size_t PlaneCoder::Room(std::size_t units) {
  return std::max(
      FrameCompressor::Bound(units),
      kPairsHeaderBytes + FrameCompressor::Bound(PackedSize(units)) + MostExceptions(units));
}

CodedPlane PlaneCoder::CodePacked(std::size_t units, std::uint8_t top, std::byte* target) {
  const std::size_t frame =
      symbols_.Compress({packed_.AtLeast(0), PackedSize(units)}, target + kPairsHeaderBytes);
  bytes::Store(target, static_cast<std::uint32_t>(frame));
  bytes::Store(target + 4, static_cast<std::uint32_t>(top));  // and the three zero bytes
  std::byte* end = target + kPairsHeaderBytes + frame;
  end = std::copy(exceptions_.first.begin(), exceptions_.first.end(), end);
  end = std::copy(exceptions_.second.begin(), exceptions_.second.end(), end);
  return {PlaneCoding::kPairs, static_cast<std::size_t>(end - target)};
}

CodedPlane PlaneCoder::Code(std::span<const std::byte> plane, const PlaneProfile& profile,
                            bool pairs, std::byte* target) {
  if (profile.one_value && AllEqual(plane)) {
    target[0] = plane[0];
    return {PlaneCoding::kConstant, 1};
  }
  const CodedPlane raw{PlaneCoding::kRaw, plane.size()};
  CodedPlane best = raw;
  if (plane.size() >= kSmallestPlane && !profile.Incompressible()) {
    if (pairs && profile.few_exceptions &&
        PackPlane(plane.data(), plane.size(), profile.top, Packed(plane.size()), exceptions_)) {
      best = CodePacked(plane.size(), profile.top, target);
    } else {
      best = {PlaneCoding::kZstd, symbols_.Compress(plane, target)};
    }
    if (profile.repeats) {
      std::byte* other = second_try_.AtLeast(FrameCompressor::Bound(plane.size()));
      const std::size_t size = repeats_.Compress(plane, other);
      if (size < best.size) {
        std::memcpy(target, other, size);
        best = {PlaneCoding::kZstd, size};
      }
    }
  }
  if (best.size < plane.size()) return best;
  if (!plane.empty()) std::memcpy(target, plane.data(), plane.size());
  return raw;
}

}  // namespace statestone::chunk
