// A checkpoint file of any kind, open for looking at all of its tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "statestone/checkpoint.h"
#include "statestone/import.h"

namespace statestone::walk {

/// A tensor, or an attachment as a tensor of bytes.
struct OpenedTensor {
  std::string path;  ///< display path
  DType dtype = DType::kUInt8;
  std::vector<std::uint64_t> shape;
  std::uint64_t bytes = 0;
  TensorKind kind = TensorKind::kTensor;
  bool requires_grad = false;
  bool attachment = false;
  std::uint32_t tie_group = 0;  ///< from 1; 0: tied to no other

  // How it is read best.
  std::uint64_t position = 0;       ///< tensors by growing position read fastest
  std::uint64_t granule = 1;        ///< bytes that are decoded together, at least
  std::uint64_t first_granule = 0;  ///< bytes before the first border of granules, below `granule`
};

/// Bytes [offset, offset + out.size()) of a tensor's elements in row-major order.
struct TensorPiece {
  std::uint32_t tensor = 0;
  std::uint64_t offset = 0;
  std::span<std::byte> out;
};

class OpenedCheckpoint {
 public:
  /// Opens and checks what ImportCheckpoint reads; a .stone file by its Reader, so that its tensors
  /// may be read in any order and by several threads. \throws Error as ImportCheckpoint
  static std::unique_ptr<OpenedCheckpoint> Open(const std::filesystem::path& path,
                                                const ImportOptions& options);
  virtual ~OpenedCheckpoint() = default;

  const std::string& path() const { return path_; }
  FileKind kind() const { return kind_; }
  std::uint64_t file_bytes() const { return file_bytes_; }
  /// In the order in which they were added: scope by scope, then the others; attachments last.
  std::span<const OpenedTensor> tensors() const { return tensors_; }
  /// References in values are to tensor_paths().
  std::span<const Checkpoint::Entry> entries() const { return entries_; }
  /// The display path of each tensor, by the number that values refer to it with.
  const std::vector<std::string>& tensor_paths() const { return paths_; }
  std::span<const SkippedEntry> skipped() const { return skipped_; }

  /// Whether several threads at once may read this tensor, in any order. Others are read piece by
  /// piece, each byte once and in order, never two of the file at the same time.
  virtual bool ReadsAnywhere(std::uint32_t tensor) const = 0;
  /// The bytes where they already lie in memory, or nothing.
  virtual std::optional<std::span<const std::byte>> InPlace(std::uint32_t tensor,
                                                            std::uint64_t offset,
                                                            std::uint64_t bytes) const = 0;
  /// \throws Error with path and entry, as the readers of the file's kind
  virtual void Read(std::span<const TensorPiece> pieces) const = 0;

 protected:
  std::string path_;
  FileKind kind_ = FileKind::kUnknown;
  std::uint64_t file_bytes_ = 0;
  std::vector<OpenedTensor> tensors_;
  std::vector<Checkpoint::Entry> entries_;
  std::vector<std::string> paths_;
  std::vector<SkippedEntry> skipped_;
};

// The two ways that Open chooses from.
std::unique_ptr<OpenedCheckpoint> OpenStone(const std::filesystem::path& path,
                                            const ImportOptions& options);
std::unique_ptr<OpenedCheckpoint> OpenDescribed(const std::filesystem::path& path,
                                                const ImportOptions& options);

}  // namespace statestone::walk
