// Writes one generation: payload, index; all but the tail.
#pragma once

#include <cstdint>

#include "codec/container/head_tail.h"
#include "codec/file/output.h"
#include "codec/reader/open_file.h"
#include "statestone/checkpoint.h"
#include "statestone/options.h"

namespace statestone::writer {

struct WrittenGeneration {
  container::Tail tail;  ///< to be written next
  std::uint64_t tensors = 0;
  std::uint64_t tensor_bytes = 0;
  std::uint64_t storages = 0;
  std::uint64_t chunks = 0;          ///< of the generation
  std::uint64_t chunks_written = 0;  ///< the others are those of the generation before
};

/// Writes what a description says behind what `output` has. With `before`, the generation that is
/// appended to: its kept tensors stay where they are, and so do chunks that did not change.
/// The same description gives the same bytes, whatever the number of threads.
/// \throws Error as SaveCheckpoint
WrittenGeneration WriteGeneration(const Checkpoint& checkpoint, const WriteOptions& options,
                                  const reader::OpenedFile* before, file::Output& output);

}  // namespace statestone::writer
