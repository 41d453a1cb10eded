// Puts together the decoded bytes of a piece of a storage from the parts that make it up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/writer/placement.h"

namespace statestone::writer {

class StorageBytes {
 public:
  StorageBytes(const std::vector<TensorRecord>& tensors,
               const std::vector<const AttachmentSource*>& attachments)
      : tensors_(tensors), attachments_(attachments) {}

  /// Whether some part of the range must be read in order, by ReadPieces, before Assemble.
  bool NeedsPieces(const PlannedStorage& storage, std::uint64_t begin, std::uint64_t end) const;

  /// Reads the kPieces parts of [begin, end) into `scratch` (end - begin bytes). In order, never
  /// two at once.
  void ReadPieces(const PlannedStorage& storage, std::uint64_t begin, std::uint64_t end,
                  std::span<std::byte> scratch) const;

  /// The bytes [begin, end) of the storage: memory of the caller's where that is possible, else
  /// `scratch`, filled. Any number of threads at once, each with a scratch of its own.
  std::span<const std::byte> Assemble(const PlannedStorage& storage, std::uint64_t begin,
                                      std::uint64_t end, std::vector<std::byte>& scratch) const;

 private:
  std::span<const std::byte> Direct(const PlannedStorage& storage, const Part& part) const;
  void CopyPart(const PlannedStorage& storage, const Part& part, std::uint64_t begin,
                std::uint64_t end, std::byte* scratch) const;

  const std::vector<TensorRecord>& tensors_;
  const std::vector<const AttachmentSource*>& attachments_;
};

}  // namespace statestone::writer
