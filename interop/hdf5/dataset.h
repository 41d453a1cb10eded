// Checks a dataset before anything of it is read, and says where its bytes are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/file/byte_source.h"
#include "interop/hdf5/library.h"
#include "statestone/checkpoint.h"

namespace statestone::hdf5 {

/// A chunk is decoded as a whole, in memory.
inline constexpr std::uint64_t kMostChunkBytes = 256ull << 20;
/// Chunks that are decoded more often because they lie across rows that are too long: so often.
inline constexpr std::uint64_t kMostPasses = 256;

/// The file as the library and as we have it open.
struct OpenedFile {
  std::shared_ptr<const Handle> handle;
  std::shared_ptr<const file::ByteSource> source;
  std::string path;
};

/// Checks that nothing but the file itself is needed to read a dataset, and little memory, before
/// its shape is asked for, which for a virtual one would open other files.
/// \throws Error unsupported (external storage, virtual, another filter than deflate, shuffle or
///     Fletcher-32), limit, corrupt
void RequireReadable(hid_t dataset);

struct DescribedTensor {
  TensorSource tensor;   ///< without a name
  bool decoded = false;  ///< whether its bytes come through the library
};

/// A tensor. `bytes_left` is what datasets of the file may still hold.
/// \throws Error unsupported (elements that are no numbers), corrupt, limit
DescribedTensor DescribeTensor(const OpenedFile& file, hid_t dataset, const std::string& path,
                               const std::string& entry, const std::vector<std::uint64_t>& shape,
                               std::uint64_t& bytes_left);

}  // namespace statestone::hdf5
