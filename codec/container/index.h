// The index of a generation in memory: private, aligned, hashed and checked before anything uses
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "codec/container/head_tail.h"
#include "codec/file/byte_source.h"
#include "schema/statestone_generated.h"
#include "statestone/tensor.h"

namespace statestone::container {

/// The problem of an error that Load throws before it decodes anything.
inline constexpr std::string_view kIndexSumProblem = "checksum mismatch in the index";

/// Read-only after loading; any number of threads may use it.
class Index {
 public:
  /// Steps 11 to 15 of opening: reads the index that `tail` describes, decodes it and checks all of
  /// it. Allocates its stored and, where it is coded, also its raw size.
  /// \throws Error corrupt, unsupported, limit, io, incomplete
  static Index Load(const file::ByteSource& source, const Tail& tail);

  /// The same for an index in memory, as the writer made it: what one side writes the other
  /// accepts.
  static Index FromBytes(std::span<const std::byte> raw, std::uint64_t index_offset);

  /// Decoded.
  std::span<const std::byte> raw() const { return {buffer_.get(), size_}; }
  const schema::Index& root() const { return *root_; }

  std::span<const schema::Scope> scopes;
  std::span<const schema::Tensor> tensors;
  std::span<const std::uint8_t> names;
  std::span<const std::uint64_t> dims;
  std::span<const std::uint32_t> order;
  std::span<const schema::StridedTensor> strided;
  std::span<const std::uint64_t> strides;
  std::span<const schema::Storage> storages;
  std::span<const schema::Chunk> chunks;

  std::size_t entry_count() const;
  const schema::Entry& entry(std::size_t i) const;

  std::string_view name(std::size_t tensor) const;
  std::span<const std::uint64_t> shape(std::size_t tensor) const;
  /// In elements; empty for dense row-major tensors.
  std::span<const std::uint64_t> stored_strides(std::size_t tensor) const;
  /// Bytes of one element and the dtype's name, for dtypes of the future too.
  std::uint32_t element_bytes(std::size_t tensor) const {
    return dtype_bytes(tensors[tensor].dtype());
  }
  /// Bytes of one element of a dtype; 0 if neither this version nor the file knows it.
  std::uint32_t dtype_bytes(std::uint8_t number) const;
  std::string_view dtype_name(std::size_t tensor) const;
  /// First tensor of a scope; its end is scopes[scope].tensors_end().
  std::size_t first_tensor(std::size_t scope) const;
  /// The scope that a tensor belongs to.
  std::uint32_t scope_of(std::size_t tensor) const;

  std::uint64_t chunk_bytes(const schema::Storage& storage) const {
    return std::uint64_t{storage.unit()} << storage.chunk_units_log2();
  }
  std::uint64_t chunk_count(const schema::Storage& storage) const;
  /// Whether this version can decode it.
  bool is_readable(const schema::Storage& storage) const {
    return storage.filter() <= 1 && storage.layout() <= 1;
  }

  StorageInfo storage_info(std::uint32_t storage) const;
  TensorInfo tensor_info(std::uint32_t tensor) const;

 private:
  struct AlignedDelete {
    void operator()(std::byte* bytes) const;
  };

  Index(std::uint64_t size);
  static Index ReadRaw(const file::ByteSource& source, const Tail& tail);
  static Index ReadFrame(const file::ByteSource& source, const Tail& tail);
  void Check(std::uint64_t index_offset);
  void CheckBuffer();
  void ReadColumns();

  std::unique_ptr<std::byte[], AlignedDelete> buffer_;
  std::size_t size_ = 0;
  const schema::Index* root_ = nullptr;
};

/// Section 5.1 and 5.2: everything about scopes, tensors, storages and chunks.
void CheckColumns(const Index& index, std::uint64_t index_offset);
void CheckScopesAndTensors(const Index& index);
void CheckStoragesAndChunks(const Index& index, std::uint64_t index_offset);

/// Section 7: entries, values and that every named scope has exactly one place.
void CheckEntries(const Index& index);

/// Section 10: the paths of all tensors together.
void CheckPaths(const Index& index);

}  // namespace statestone::container
