// What a Reader holds behind its pointer.
#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/reader/chunk_reader.h"
#include "codec/reader/open_file.h"
#include "statestone/reader.h"

namespace statestone {

struct Reader::State {
  State(std::string path_in, ReadOptions options_in, reader::OpenedFile file_in)
      : path(std::move(path_in)),
        options(std::move(options_in)),
        file(std::move(file_in)),
        chunks(*file.source, file.index, options) {}

  const container::Index& index() const { return file.index; }

  /// By binary search in names sorted once, on first use.
  std::optional<std::size_t> FindEntry(std::string_view name) const;

  /// \throws Error not_found; invalid_argument or unsupported for an entry of another kind
  const schema::Entry& EntryOfKind(std::string_view name, EntryKind kind) const;

  /// \throws Error not_found unless `i` is below `count`
  void RequireCount(std::uint64_t i, std::uint64_t count, const char* what) const;

  /// \throws Error limit if a read of so many bytes exceeds the caller's max_bytes
  void RequireBudget(std::uint64_t bytes) const;

  /// \throws Error invalid_argument unless `out` has exactly `bytes`
  void RequireSize(std::uint64_t bytes, std::uint64_t out) const;

  /// The tensor's row; its bytes can be read. \throws Error not_found, unsupported
  TensorInfo ReadableTensor(TensorRef tensor) const;

  /// Bytes of a raw storage in place, their chunks' sums checked; nothing if they must be decoded.
  std::optional<View> ViewRange(std::uint32_t storage, std::uint64_t offset,
                                std::uint64_t size) const;

  /// An error of a read of these tensors, with the path and the tensor that it is about.
  Error Named(const Error& error, std::span<const TensorRef> tensors) const;

  /// The path of a tensor, for errors.
  std::string PathOf(TensorRef tensor) const;

  const std::string path;
  const ReadOptions options;
  const reader::OpenedFile file;
  const reader::ChunkReader chunks;

  mutable std::once_flag entries_once;
  mutable std::vector<std::uint32_t> entries_by_name;
  mutable std::once_flag paths_once;
  mutable std::vector<std::string> paths;
  mutable std::once_flag ties_once;
  mutable std::vector<std::uint32_t> ties;
};

}  // namespace statestone
