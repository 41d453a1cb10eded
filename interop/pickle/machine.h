// Reads a pickle into objects. Executes nothing: calls become records of what would be called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "interop/pickle/object.h"
#include "interop/pickle/references.h"

namespace statestone::pickle {

/// A pickle, read.
struct Pickle {
  ObjectStore objects;
  ObjectId root = kNoObject;
  std::uint64_t file_offset = 0;  ///< where it starts in the file, for errors
  std::uint64_t bytes = 0;        ///< its size, end mark included
};

/// Reads one pickle of protocol 0 to 5 up to its end mark; what follows that is not looked at, and
/// no byte beyond kPickleBytes. `pickle` must outlive the result, whose texts point into it.
/// `file_offset` is where it starts in the file, for errors. Time is linear in the size of the
/// pickle, memory at most some 40 times it for the densest of bombs and about 3 times it for
/// checkpoints.
///
/// Classes and functions that are not on the list do no harm here: they become objects of kind
/// kUnlisted and kInstance, for the caller to refuse where they stand. Cycles are possible.
/// \throws Error corrupt, with the offset of the instruction; unsupported for a protocol after 5;
///     limit
Pickle Read(std::span<const std::byte> pickle, std::uint64_t file_offset, References references);

}  // namespace statestone::pickle
