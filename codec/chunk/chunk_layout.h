// The fixed numbers of a coded chunk: plane headers and the coding `pairs`. Normative text:
// spec/format.md, "Coded chunks".
#pragma once

#include <cstddef>
#include <cstdint>

namespace statestone::chunk {

enum class PlaneCoding : std::uint8_t {
  kRaw = 0,
  kConstant = 1,
  kZstd = 2,
  kPairs = 3,
  kJoined = 4,
  kWithPrevious = 5,
};
inline constexpr std::uint32_t kKnownPlaneCodings = 6;

inline constexpr std::size_t kMaxPlanes = 8;
inline constexpr std::size_t kPlaneHeaderBytes = 4;
inline constexpr std::uint32_t kPlaneLengthBits = 28;
inline constexpr std::uint32_t kPlaneLengthMask = (1u << kPlaneLengthBits) - 1;

constexpr std::uint32_t PlaneHeader(PlaneCoding coding, std::uint32_t length) {
  return static_cast<std::uint32_t>(coding) << kPlaneLengthBits | length;
}

/// u32 size of the frame, u8 top, three zero bytes; then the frame, then the exceptions.
inline constexpr std::size_t kPairsHeaderBytes = 8;

/// Exponents top, top - 1, ... top - 13 have the codes 0-13.
inline constexpr unsigned kWindow = 14;
inline constexpr unsigned kMinTop = 14;  // a lower one would reach exponent 0, which has a code
inline constexpr unsigned kZeroCode = 14;
inline constexpr unsigned kExceptionCode = 15;

/// Bytes of the packed codes of `units` units: two in a byte.
constexpr std::size_t PackedSize(std::size_t units) { return units / 2 + units % 2; }

}  // namespace statestone::chunk
