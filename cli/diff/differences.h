// What two checkpoints do not have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "interop/tensor_math/compare.h"
#include "interop/walk/opened_checkpoint.h"
#include "interop/walk/tensor_walk.h"
#include "statestone/value.h"

namespace statestone::cli {

struct DiffOptions {
  std::optional<tensor_math::Tolerance> tolerance;
  std::vector<std::string> strip_prefixes;
  bool tensors_only = false;
  walk::WalkOptions walk;
};

/// A tensor that both sides have.
struct TensorDifference {
  std::uint32_t a = 0;  ///< in tensors() of either side
  std::uint32_t b = 0;
  bool shape = false;  ///< it differs; the elements are not compared then
  bool dtype = false;
  tensor_math::ElementDifferences elements;
  std::vector<std::string> notes;  ///< other roles, ties, media types

  /// With a tolerance: by more than it.
  bool Differs() const { return shape || dtype || elements.beyond != 0 || !notes.empty(); }
};

/// A plain value that one side lacks, or that both have in different ways.
struct ValueDifference {
  std::string path;
  std::optional<Value> a;
  std::optional<Value> b;
};

/// Tensors that would meet if the prefix (or whole name) `from` of side a were `to`.
struct RenameHint {
  std::string from;
  std::string to;
  std::uint64_t tensors = 0;
  std::uint64_t equal = 0;                  ///< of those, with the same bytes
  std::vector<std::string> strip_prefixes;  ///< what would do it if taken away; may be empty
};

struct Differences {
  std::uint64_t tensors = 0;  ///< that both sides have
  std::uint64_t equal_tensors = 0;
  std::uint64_t compared_bytes = 0;  ///< of both sides
  std::vector<TensorDifference> changed;
  std::vector<std::uint32_t> only_a;
  std::vector<std::uint32_t> only_b;
  std::vector<RenameHint> hints;
  std::uint64_t equal_values = 0;
  std::vector<ValueDifference> values;

  bool Equal() const {
    return changed.empty() && only_a.empty() && only_b.empty() && values.empty();
  }
};

/// Compares names, shapes, element types, elements, and unless `tensors_only` plain values, what
/// models say of themselves, ties and roles of tensors. That one side keeps a dict where the other
/// has an OrderedDict or a model is no difference. \throws Error what reading throws;
///     invalid_argument if taking away a prefix gives two tensors one name
Differences FindDifferences(const walk::OpenedCheckpoint& a, const walk::OpenedCheckpoint& b,
                            const DiffOptions& options);

}  // namespace statestone::cli
