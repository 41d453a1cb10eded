// Which tensors of two checkpoints belong together.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cli/diff/differences.h"
#include "interop/walk/tensor_walk.h"

namespace statestone::cli {

struct TensorPairs {
  std::vector<walk::WalkItem> both;
  std::vector<std::uint32_t> only_a;
  std::vector<std::uint32_t> only_b;
};

/// `path` without each of `prefixes`, one after the other, that the tensor's name in it, or else it
/// itself, begins with.
std::string WithoutPrefix(std::string path, std::span<const std::string> prefixes);

/// By display path, prefixes taken away on both sides; in the order of a.
/// \throws Error invalid_argument if two tensors of one side would have one name
TensorPairs PairTensors(const walk::OpenedCheckpoint& a, const walk::OpenedCheckpoint& b,
                        std::span<const std::string> strip_prefixes);

/// Which names the tensors without a partner may have on the other side, with the pairs of tensors
/// that each hint is about in `explained`.
std::vector<RenameHint> FindHints(const walk::OpenedCheckpoint& a, const walk::OpenedCheckpoint& b,
                                  const TensorPairs& pairs,
                                  std::vector<std::vector<walk::WalkItem>>& explained);

}  // namespace statestone::cli
