// Writes a .stone file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "statestone/checkpoint.h"
#include "statestone/error.h"
#include "statestone/options.h"
#include "statestone/value.h"

namespace statestone {

/// Writes one file: describe everything first, then Finish writes it in one forward pass to a
/// temporary file beside `path` and puts that in place. Until Finish has returned, and if it
/// throws, a file at `path` stays as it was. The same calls with the same bytes give the same file,
/// whatever the number of threads. Not thread-safe. Memory: a few chunks for each thread, and about
/// 100-200 bytes for each tensor described.
class Writer {
 public:
  explicit Writer(std::filesystem::path path, WriteOptions options = {});
  ~Writer();
  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;

  /// A new, empty set of tensor names: for one model or one tensor dict.
  ScopeRef AddScope();
  /// \throws Error invalid_argument (shape and strides that do not fit, no bytes, pieces with
  ///     strides, a name twice in the scope); unrepresentable (name not UTF-8); limit
  TensorRef AddTensor(ScopeRef scope, TensorSource tensor);
  /// A tensor that values refer to: in a list, a tuple or a mixed map, or an entry of its own.
  TensorRef AddAnonymousTensor(TensorSource tensor);

  // Entries, in the order of the file. Names are unique; an empty name only for a single entry.
  // \throws Error invalid_argument, unrepresentable (text not UTF-8, deeper than 64), limit
  void AddValue(std::string name, Value value);
  void AddModel(std::string name, ModelSource model);
  /// `data` must stay valid until Finish returns; `owner` may be null.
  void AddAttachment(std::string name, std::span<const std::byte> data,
                     std::shared_ptr<const void> owner = nullptr, std::string media_type = {});
  void AddAttachment(std::string name, std::uint64_t size, PieceReader pieces,
                     std::string media_type = {});

  /// Writes the file and makes it durable: fsync, rename, fsync of the directory. Once only.
  /// \throws Error io, limit, canceled, corrupt (the decode-and-compare failed), what pieces throw;
  ///     also unrepresentable for tied tensors that are not a whole number of elements apart
  WriteSummary Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace statestone
