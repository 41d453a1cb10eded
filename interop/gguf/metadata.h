// The keys and values in the head of a GGUF file.
#pragma once

#include <cstdint>
#include <string>

#include "interop/gguf/cursor.h"
#include "statestone/checkpoint.h"
#include "statestone/value.h"

namespace statestone::gguf {

/// What the head of a file may hold: vocabularies of a million tokens stay far below.
inline constexpr std::uint64_t kMostValues = 4ull << 20;
inline constexpr std::uint64_t kMostTextBytes = 64ull << 20;

struct Metadata {
  Value map;  ///< in the order of the file
  std::uint64_t alignment = 32;
};

/// Reads `count` pairs. Integers and floats become numbers (float32 widened, which is exact), texts
/// become texts, or bytes where they are not UTF-8. An array of numbers becomes a tensor with one
/// dimension of their own type, whose bytes stay in the file; an array of texts or arrays becomes a
/// list. `path` is the file's, for errors of later reads. `text_budget` is spent.
/// \throws Error corrupt, unsupported (a type of the future), limit, io
Metadata ReadMetadata(Cursor& cursor, std::uint64_t count, Checkpoint& checkpoint,
                      const std::string& path, std::uint64_t& text_budget);

}  // namespace statestone::gguf
