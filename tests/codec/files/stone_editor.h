// Changes a whole .stone file in memory and signs it again, so that the checks behind the sums are
// reached.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "codec/bytes/little_endian.h"
#include "codec/container/head_tail.h"
#include "schema/statestone_generated.h"
#include "tests/codec/files/small_files.h"

namespace statestone::testing {

/// Offsets of fields, spec/format.md sections 3 and 4.
namespace head_field {
inline constexpr std::size_t kVersion = 8, kReserved = 12, kSum = 56;
}
namespace tail_field {
inline constexpr std::size_t kIndexOffset = 0, kIndexStored = 8, kIndexRaw = 16, kCoding = 24,
                             kReservedWord = 28, kIndexSum = 32, kGeneration = 48, kEnd = 56,
                             kPrevious = 64, kPreviousSum = 72, kReserved = 80, kSum = 112,
                             kMagic = 120;
}

class StoneEditor {
 public:
  explicit StoneEditor(FileBytes file) : bytes_(std::move(file)) {}

  const FileBytes& bytes() const { return bytes_; }
  FileBytes& bytes() { return bytes_; }

  std::size_t tail() const { return bytes_.size() - container::kTailBytes; }
  std::span<std::byte> index();
  /// The index for changes in place, where it is stored as it is; sign it afterwards.
  schema::Index& root();

  template <typename T>
  T Get(std::size_t at) const {
    return bytes::Load<T>(&bytes_[at]);
  }
  template <typename T>
  StoneEditor& Set(std::size_t at, T value) {
    bytes::Store<T>(&bytes_[at], value);
    return *this;
  }
  template <typename T>
  StoneEditor& SetInTail(std::size_t field, T value) {
    return Set<T>(tail() + field, value);
  }

  /// Other bytes in the place of the stored index, the tail behind them as it was but for offsets
  /// and sums.
  StoneEditor& SetIndex(std::span<const std::byte> stored);
  /// The index decoded, if it is coded, and stored as it is.
  StoneEditor& StoreIndexRaw();

  StoneEditor& SignHead();
  StoneEditor& SignTail();
  /// The index's sum and the tail's.
  StoneEditor& SignIndex();
  /// Also the stored sum of a chunk whose bytes were changed; for raw chunks both sums.
  StoneEditor& SignChunk(std::uint32_t chunk);

 private:
  FileBytes bytes_;
};

/// A file of one generation: head, `payload` at offset 64, the index that `build` makes, tail.
/// `build` finishes the builder's root table and returns it.
using BuildIndexTable =
    std::function<flatbuffers::Offset<schema::Index>(flatbuffers::FlatBufferBuilder&)>;
FileBytes ForgedFile(std::string_view payload, const BuildIndexTable& build);

/// The file with one more generation behind it: payload, index, and a tail that names the one
/// before.
FileBytes WithGeneration(FileBytes file, std::string_view payload, const BuildIndexTable& build);

}  // namespace statestone::testing
