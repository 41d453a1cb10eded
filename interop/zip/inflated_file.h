// Deflated entries, inflated to a file without a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/file/byte_source.h"
#include "codec/file/system_call.h"
#include "interop/zip/zip_directory.h"

namespace statestone::zip {

/// A temporary file that has no name any more, so that it vanishes with this process. Written first
/// (not thread-safe), then read and mapped like any source. Costs two buffers of 256 KiB
/// while writing.
class InflatedFile final : public file::ByteSource {
 public:
  /// Creates it in `directory`. \throws Error io
  explicit InflatedFile(const std::filesystem::path& directory);
  ~InflatedFile() override;
  InflatedFile(const InflatedFile&) = delete;
  InflatedFile& operator=(const InflatedFile&) = delete;

  /// Inflates an entry of `zip` to the end, and gives its offset here. Never writes more than
  /// the size that the entry declares. \throws Error corrupt for data that is not deflated, or not
  /// of that size, or not of its sum; io
  std::uint64_t Append(const ZipEntry& entry, const file::ByteSource& zip);

  /// Maps what was written so far, for bytes(). Earlier maps stay valid. \throws Error io
  void Map();

  std::uint64_t size() const override { return size_; }
  void Read(std::uint64_t offset, std::span<std::byte> out) const override;
  std::span<const std::byte> bytes() const override;

 private:
  std::string directory_;
  file::Descriptor file_;
  std::uint64_t size_ = 0;
  std::vector<std::span<const std::byte>> maps_;  // earlier ones stay: somebody may look at them
};

}  // namespace statestone::zip
