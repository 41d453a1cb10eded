// A tensor's or attachment's bytes, handed over in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "statestone/reader.h"

namespace statestone::cli {

using Sink = std::function<void(std::span<const std::byte> piece)>;

/// Hands over the elements in row-major order. Memory: 8 MiB or a chunk for dense tensors; for
/// strided ones as many rows of the first dimension as fit into 8 MiB, at least one.
/// \throws Error as Reader::ReadSlice, with the tensor's path; what `sink` throws
void StreamTensor(const Reader& reader, TensorRef tensor, const Sink& sink);

/// Hands over a storage from its first to its last byte. `entry` is for errors.
void StreamStorage(const Reader& reader, std::uint32_t storage, const std::string& entry,
                   const Sink& sink);

}  // namespace statestone::cli
