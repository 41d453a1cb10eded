// Reads a .stone file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/error.h"
#include "statestone/options.h"
#include "statestone/tensor.h"
#include "statestone/value.h"

namespace statestone {

class ByteSource;

/// Kinds of root entries; numbers as in schema/statestone.fbs. Others are of the future.
enum class EntryKind : std::uint8_t { kValue = 0, kModel = 1, kAttachment = 2 };

struct EntryInfo {
  std::string_view name;
  EntryKind kind = EntryKind::kValue;
  bool known = true;  ///< false: a kind of the future; the entry can only be listed
};

enum class TrainingMode : std::uint8_t { kUnknown = 0, kTrain = 1, kEval = 2 };

/// A model entry: its tensors are those of `scope`.
struct ModelInfo {
  ScopeRef scope;
  std::string architecture;          ///< as the user named it; may be empty
  std::string architecture_version;  ///< as the user named it; may be empty
  Value config;                      ///< null if there is none
  TrainingMode training = TrainingMode::kUnknown;
  std::vector<std::string> training_exceptions;  ///< submodules in the other mode, sorted
  Value metadata;                                ///< `_metadata` of its state_dict, or null
};

struct AttachmentInfo {
  std::uint64_t bytes = 0;
  std::string media_type;  ///< may be empty
  std::uint32_t storage = 0;
};

struct ReadRequest {
  TensorRef tensor;
  std::span<std::byte> out;  ///< exactly the tensor's bytes
};

struct VerifyReport {
  std::uint64_t file_bytes = 0;
  std::uint64_t chunks = 0;  ///< of all generations, each chunk once
  std::uint64_t generations = 0;
  std::uint64_t undecoded_chunks = 0;  ///< codings of the future: only their stored sum was checked
};

/// One state of a file that was appended to.
struct GenerationInfo {
  std::uint64_t generation = 0;    ///< from 1
  std::uint64_t begin_offset = 0;  ///< where it starts behind the one before
  std::uint64_t end_offset = 0;    ///< the file's size while it was the last
  std::uint64_t index_bytes = 0;
};

/// 32 bytes of SHA-256.
using Digest = std::array<std::byte, 32>;
std::string ToHex(const Digest& digest);

/// A .stone file, open for reading. A cheap handle: copies share one open file. Thread-safe: any
/// number of threads may use one at once. Views that it hands out keep the file mapped; the Reader
/// itself may be destroyed first. Names and spans in the infos live as long as some copy of it.
class Reader {
 public:
  /// Opens and checks head, tail and the whole index; the payload is checked as it is read.
  /// Cost: one pass over the index, about 50 ms for a million tensors; no payload is touched.
  /// \throws Error not_statestone, incomplete, corrupt, unsupported, limit, io, invalid_argument
  static Reader Open(const std::filesystem::path& path, const ReadOptions& options = {});

  /// The same for a file in memory, kept alive by `owner` (null: the caller keeps it).
  static Reader FromMemory(std::span<const std::byte> file, std::shared_ptr<const void> owner,
                           const ReadOptions& options = {});

  /// The same for bytes that the caller supplies, asked for in pieces, by several threads at once.
  /// `access` and `writable_views` mean nothing here, and there are no views. Errors name the
  /// source by its name(). \throws Error as Open; incomplete if the source has fewer bytes than its
  /// size; whatever the source throws
  static Reader FromSource(std::shared_ptr<const ByteSource> source,
                           const ReadOptions& options = {});

  /// Every generation up to this one, the first first. Reads their tails alone.
  /// \throws Error corrupt, io
  std::vector<GenerationInfo> Generations() const;
  /// Another generation of the open file, as it was when that was the last. \throws Error not_found
  /// for one behind this one or 0; corrupt, limit, io
  Reader AtGeneration(std::uint64_t generation) const;

  // What is in the file.
  std::uint64_t file_bytes() const;  ///< up to the end of this generation
  std::uint64_t generation() const;
  std::string_view writer() const;
  std::vector<std::string_view> read_features() const;
  std::vector<std::string_view> write_features() const;
  std::span<const std::byte> raw_index() const;  ///< decoded: as schema/statestone.fbs says

  std::size_t entry_count() const;
  EntryInfo entry(std::size_t i) const;  ///< in order of insertion
  std::optional<std::size_t> FindEntry(std::string_view name) const;

  /// The value tree of a value entry. \throws Error not_found; invalid_argument if the entry is of
  /// another kind; unsupported if it is of a kind of the future; limit
  Value ReadValue(std::string_view entry) const;
  ModelInfo ReadModel(std::string_view entry) const;
  AttachmentInfo attachment(std::string_view entry) const;

  // Tensors.
  std::size_t tensor_count() const;
  std::size_t scope_count() const;
  std::size_t storage_count() const;
  std::size_t chunk_count() const;
  TensorInfo tensor(TensorRef tensor) const;  ///< \throws Error not_found
  StorageInfo storage(std::uint32_t storage) const;

  /// Tensors of a scope in order of insertion.
  std::vector<TensorRef> Tensors(ScopeRef scope) const;
  /// Binary search by name. \throws Error not_found if there is no such scope
  std::optional<TensorRef> Find(ScopeRef scope, std::string_view name) const;
  /// By display path ("model/fc.weight"), as `statestone inspect` prints it. Logarithmic for
  /// tensors in models and tensor dicts that are entries; others walk that entry's value.
  std::optional<TensorRef> FindTensor(std::string_view display_path) const;
  /// The display path of every tensor, by index: made once on first use, then kept. A tensor that
  /// several places refer to has the first; one that none refers to has "\#tensor/<index>".
  const std::vector<std::string>& DisplayPaths() const;
  /// For each tensor the number of its tie group, from 1; 0: tied to no other.
  const std::vector<std::uint32_t>& TieGroups() const;

  // Bytes. Sizes are checked against `max_bytes` before anything is allocated; on an error the
  // contents of `out` are unspecified. \throws Error corrupt, unsupported, limit, io, incomplete,
  // canceled; invalid_argument if `out` has not exactly the right size

  /// Elements in row-major order, whatever the strides in the file.
  void Read(TensorRef tensor, std::span<std::byte> out) const;
  std::vector<std::byte> Read(TensorRef tensor) const;
  /// Elements [first, first + count) of the first dimension; decodes only the chunks they lie in.
  void ReadSlice(TensorRef tensor, std::uint64_t first, std::uint64_t count,
                 std::span<std::byte> out) const;
  /// Many tensors at once, all chunks of all of them in parallel; a chunk that several of them
  /// share is decoded once.
  void ReadMany(std::span<const ReadRequest> requests) const;
  /// Checks the stored sums of all chunks that these tensors lie in, each once, in parallel, even
  /// if `check_sums` is off: for who is about to overwrite something with them. Decodes nothing.
  void CheckStored(std::span<const TensorRef> tensors) const;
  /// The tensor's extent in place: raw storages of a mapped file or of memory only; strides as in
  /// its info. The stored sums of its chunks are checked first. Nothing if it must be decoded.
  std::optional<View> ViewInPlace(TensorRef tensor) const;

  void ReadStorage(std::uint32_t storage, std::span<std::byte> out) const;
  /// Bytes [offset, offset + out.size()) of a storage; decodes only the chunks they lie in.
  void ReadStorageRange(std::uint32_t storage, std::uint64_t offset,
                        std::span<std::byte> out) const;
  std::optional<View> ViewStorageInPlace(std::uint32_t storage) const;

  /// Reads and checks every byte of the file, every generation. \throws Error
  VerifyReport Verify() const;

  /// The logical identity of the file's content: equal for compressed, raw and re-chunked files.
  /// Cost: decodes and hashes everything. \throws Error
  Digest ContentDigest() const;

  struct State;  ///< for the rooms of the codec
  explicit Reader(std::shared_ptr<const State> state);
  const State& state() const noexcept { return *state_; }

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace statestone
