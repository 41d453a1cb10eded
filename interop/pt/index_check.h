// Whether the indices of a sparse tensor stay inside of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "statestone/dtype.h"

namespace statestone::pt {

/// What indices must be, in runs of equal length: those of one dimension, or of one matrix.
struct IndexRule {
  /// Those of run k lie in [0, bounds[k]), beyond the last bound in that one.
  static IndexRule Below(std::vector<std::uint64_t> bounds, std::uint64_t run);
  /// Each run rises from 0 to `last`, by at most `step` at once.
  static IndexRule Rising(std::uint64_t run, std::uint64_t last, std::uint64_t step);

  bool rising = false;
  std::uint64_t run = 0;
  std::vector<std::uint64_t> bounds;
  std::uint64_t last = 0;
  std::uint64_t step = 0;
};

/// Looks at the elements of one tensor, in row-major order, as they pass. Not thread-safe.
class IndexCheck {
 public:
  /// `dtype`: int32 or int64.
  IndexCheck(DType dtype, IndexRule rule);

  /// The bytes from `offset` on: those behind the ones given before, or those from 0 on again.
  /// Pieces may end inside of an element. \throws Error corrupt, with the index and its place
  void Take(std::uint64_t offset, std::span<const std::byte> piece);

 private:
  void TakeElement(std::span<const std::byte> element);
  bool Holds(std::int64_t index) const;

  IndexRule rule_;
  std::size_t element_bytes_;
  std::array<std::byte, 8> part_{};  // of an element whose rest is still to come
  std::size_t part_bytes_ = 0;
  std::uint64_t number_ = 0;  // of elements taken
  std::uint64_t run_ = 0;
  std::uint64_t in_run_ = 0;
  std::uint64_t before_ = 0;  // the index before this one in its run
};

}  // namespace statestone::pt
