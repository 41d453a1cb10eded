// A checkpoint file of torch.save, in whichever of its containers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "codec/file/byte_source.h"
#include "interop/pickle/machine.h"
#include "interop/pt/record.h"

namespace statestone::pt {

/// Bytes of a storage in the file.
struct StoredBytes {
  std::string name;          ///< "zip entry archive/data/0", for errors
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t bytes = 0;   ///< of its elements
};

/// One open file: the pickle of the value that was saved, and the storages it refers to. Not
/// thread-safe; the records it hands out are.
class Container {
 public:
  virtual ~Container() = default;

  virtual std::uint64_t file_bytes() const = 0;
  /// The file as it is, mapped.
  virtual const file::ByteSource& mapped() const = 0;

  /// Reads the pickle, and what else the file says of its storages. Called once, before what
  /// follows. The container must outlive the pickle. \throws Error corrupt, unsupported, unsafe,
  /// limit
  virtual pickle::Pickle ReadPickle() = 0;

  /// The number of the storage of this key, or nothing.
  virtual std::optional<std::size_t> FindStorage(std::string_view key) const = 0;
  /// What an error calls the storage of a key that is not there.
  virtual std::string StorageName(std::string_view key) const = 0;
  virtual StoredBytes Stored(std::size_t storage) const = 0;

  /// Makes a storage's bytes readable; cheap for one that is not deflated. \throws Error corrupt,
  /// io
  virtual Record Open(std::size_t storage) = 0;
  /// To be called after the last Open and before bytes of a record are asked for in place.
  virtual void MapInflated() {}
};

/// Opens a file in any of torch's containers. Deflated records are inflated to an unnamed file in
/// `scratch`, those alone that are asked for.
/// \throws Error invalid_argument when the file is no checkpoint, saying what it is; unsupported,
///     corrupt, unsafe, limit, io
std::shared_ptr<Container> OpenContainer(const std::filesystem::path& source,
                                         const std::filesystem::path& scratch);

}  // namespace statestone::pt
