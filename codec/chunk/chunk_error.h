// The errors of this room, all about bytes of one chunk.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "codec/chunk/chunk_codec.h"
#include "statestone/error.h"
#include "statestone/limits.h"

namespace statestone::chunk {

/// `value` as "0x0000002a".
inline std::string Hex(std::uint32_t value) {
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[value >> shift & 15];
  return text;
}

/// `offset` counts from the start of the stored chunk.
inline Error Corrupt(std::uint64_t offset, std::string problem, std::string expected,
                     std::string found) {
  return Error(ErrorCode::kCorrupt, {.offset = offset,
                                     .problem = std::move(problem),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = "the file is damaged, copy it again"});
}

/// What a caller has to keep to: not input, the index was checked before.
/// \throws Error invalid_argument
inline void CheckShape(std::uint64_t raw_size, Shape shape) {
  const bool unit_fits = shape.unit == 1 || shape.unit == 2 || shape.unit == 4 || shape.unit == 8;
  if (unit_fits && (shape.unit > 1 || !shape.rotate) && raw_size <= limits::kChunkBytes) return;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "not a chunk that can be coded",
               .expected = "units of 1, 2, 4 or 8 bytes, rotated from 2 bytes up, and at most " +
                           std::to_string(limits::kChunkBytes) + " bytes",
               .found = std::to_string(raw_size) + " bytes in units of " +
                        std::to_string(shape.unit) + (shape.rotate ? ", rotated" : "")});
}

}  // namespace statestone::chunk
