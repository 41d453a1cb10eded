// A checkpoint described and not yet written: what a Writer, an import from another format and an
// export to one have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "statestone/error.h"
#include "statestone/options.h"
#include "statestone/reader.h"
#include "statestone/tensor.h"
#include "statestone/value.h"

namespace statestone {

/// Fills `out` with the bytes from `offset` on. Called with offsets that only grow, each byte once,
/// never by two threads at once. What it throws ends the save.
using PieceReader = std::function<void(std::uint64_t offset, std::span<std::byte> out)>;

/// A tensor to be written: a view of memory, or a function that hands its bytes over in pieces.
struct TensorSource {
  std::string name;  ///< within its scope; ignored for anonymous tensors
  DType dtype = DType::kFloat32;
  std::vector<std::uint64_t> shape;
  /// In elements, not negative; empty: dense row-major.
  std::vector<std::uint64_t> strides;
  /// Address of element (0, ..., 0); must stay valid and unchanged until the save is done. Tensors
  /// whose memory overlaps are tied. Null only with `pieces` or without elements.
  const void* data = nullptr;
  std::shared_ptr<const void> owner;  ///< kept until the save is done; may be null
  /// Instead of `data`: the elements in row-major order, for tensors larger than memory.
  PieceReader pieces;
  TensorKind kind = TensorKind::kTensor;
  bool requires_grad = false;
};

struct ModelSource {
  ScopeRef scope;  ///< from AddScope, used by nothing else
  std::string architecture;
  std::string architecture_version;
  Value config;
  TrainingMode training = TrainingMode::kUnknown;
  std::vector<std::string> training_exceptions;
  Value metadata;
};

/// Bytes in memory, or handed over in pieces.
struct AttachmentSource {
  std::uint64_t bytes = 0;
  const std::byte* data = nullptr;    ///< valid until the save is done; null only with `pieces`
  std::shared_ptr<const void> owner;  ///< may be null
  PieceReader pieces;
  std::string media_type;
};

struct WriteSummary {
  std::uint64_t file_bytes = 0;
  std::uint64_t tensors = 0;
  std::uint64_t tensor_bytes = 0;  ///< of all tensors, tied ones each
  std::uint64_t storages = 0;
  std::uint64_t chunks = 0;
};

/// Entries, values and tensors, each tensor with a way to get at its bytes: described, not loaded.
/// What is added is checked at once, so that a description is always one that a .stone file can
/// hold. Not thread-safe. Memory: about 100-200 bytes for each tensor; the tensors' bytes stay
/// where they are.
class Checkpoint {
 public:
  /// In the order of the file.
  struct Entry {
    std::string name;
    std::variant<Value, ModelSource, AttachmentSource> body;
  };

  Checkpoint();
  ~Checkpoint();
  Checkpoint(Checkpoint&&) noexcept;
  Checkpoint& operator=(Checkpoint&&) noexcept;

  /// A new, empty set of tensor names: for one model or one tensor dict.
  ScopeRef AddScope();
  /// \throws Error invalid_argument (shape and strides that do not fit, no bytes, pieces with
  ///     strides); unrepresentable (name not UTF-8); limit. A name that is twice in its scope is
  ///     found by SaveCheckpoint.
  TensorRef AddTensor(ScopeRef scope, TensorSource tensor);
  /// A tensor that values refer to: in a list, a tuple or a mixed map, or an entry of its own.
  TensorRef AddAnonymousTensor(TensorSource tensor);

  // Entries. Names are unique; an empty name only for a single entry.
  // \throws Error invalid_argument, unrepresentable (text not UTF-8, deeper than 64), limit
  void AddValue(std::string name, Value value);
  void AddModel(std::string name, ModelSource model);
  void AddAttachment(std::string name, AttachmentSource attachment);

  /// Keeps something alive as long as this description: a file that pieces are read from.
  void Keep(std::shared_ptr<const void> owner);

  // What has been added.
  std::span<const Entry> entries() const noexcept;
  std::size_t scope_count() const noexcept;
  std::size_t tensor_count() const noexcept;
  /// With its strides filled in. \throws Error not_found
  const TensorSource& tensor(TensorRef tensor) const;
  /// Bytes of all elements. \throws Error not_found
  std::uint64_t tensor_bytes(TensorRef tensor) const;
  /// Tensors of a scope in the order they were added. \throws Error not_found
  std::span<const TensorRef> Tensors(ScopeRef scope) const;
  /// The display path of every tensor, by number, as a Reader of the saved file gives it.
  /// \throws Error limit (together they are longer than the format allows)
  std::vector<std::string> DisplayPaths() const;
  /// For each tensor the number of its tie group, from 1 in order of the groups' first tensors; 0:
  /// tied to no other.
  std::vector<std::uint32_t> TieGroups() const;

  /// Bytes [offset, offset + out.size()) of a tensor's elements in row-major order. Tensors in
  /// pieces must be read in order, once. \throws Error not_found, invalid_argument (outside of the
  /// tensor; a strided one not at whole elements); what its pieces throw
  void Read(TensorRef tensor, std::uint64_t offset, std::span<std::byte> out) const;

  struct State;  ///< for the rooms of the codec
  State& state() noexcept { return *state_; }
  const State& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Writes a description as one file, in one forward pass to a temporary file beside `path`, and
/// puts that in place: fsync, rename, fsync of the directory. If it throws, a file at `path` stays
/// as it was. The same description gives the same file, whatever the number of threads. Memory: a
/// few chunks for each thread. \throws Error io, limit, canceled, corrupt (the decode-and-compare
/// failed), invalid_argument (a
///     name twice in its scope, a scope that nothing uses), what pieces throw; unrepresentable for
///     tied tensors that are not a whole number of elements apart
WriteSummary SaveCheckpoint(const Checkpoint& checkpoint, const std::filesystem::path& path,
                            const WriteOptions& options = {});

}  // namespace statestone
