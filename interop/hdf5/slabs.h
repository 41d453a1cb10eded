// A dataset of any layout, read in order by slabs of bounded size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "interop/hdf5/element_type.h"
#include "interop/hdf5/library.h"

namespace statestone::hdf5 {

/// One slab: `rows` steps along `axis`, one along the dimensions before it, all of those behind.
struct SlabPlan {
  std::size_t axis = 0;
  std::uint64_t rows = 1;
  std::uint64_t row_bytes = 0;
  /// How often a chunk of the file is decoded; at most 2^64 - 1.
  std::uint64_t passes = 1;
};

/// The largest slabs of at most 16 MiB, whole chunks of the file where that is possible. `chunk` is
/// empty if the file has none. The shape has elements. \throws Error corrupt (the chunk has other
/// dimensions)
SlabPlan PlanSlabs(std::span<const std::uint64_t> shape, std::span<const std::uint64_t> chunk,
                   std::uint64_t element_bytes);

/// What SlabReader needs to know of a dataset.
struct SlabDataset {
  std::shared_ptr<const Handle> file;
  std::string path;  ///< in the file
  std::vector<std::uint64_t> shape;
  std::shared_ptr<const NumberType> numbers;
  SlabPlan plan;
  std::uint64_t bytes = 0;
};

/// Opens the dataset when it is first read, and lets go of it after its last byte. Not thread-safe.
class SlabReader {
 public:
  explicit SlabReader(SlabDataset dataset) : dataset_(std::move(dataset)) {}

  /// Bytes [offset, offset + out.size()) of the elements in row-major order; cheap only for offsets
  /// that grow. \throws Error corrupt
  void Read(std::uint64_t offset, std::span<std::byte> out);

 private:
  void Load(std::uint64_t offset);

  SlabDataset dataset_;
  Handle opened_;
  std::uint64_t start_ = 0;
  std::vector<std::byte> slab_;
};

}  // namespace statestone::hdf5
