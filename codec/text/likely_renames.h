// Guesses which names stand for the same tensors on two sides whose names do not meet.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace statestone::text {

/// A tensor that only one side has.
struct NamedTensor {
  std::string name;
  std::string signature;  ///< element type and shape, such as "float32 [512, 10]"
};

/// Two names, or two prefixes that end in '.' or '/' or are empty.
struct NamePair {
  std::string from;
  std::string to;

  friend bool operator==(const NamePair&, const NamePair&) = default;
};

/// Pairs under which tensors of `from` would meet tensors of `to` of the same signature, those that
/// explain most first. A common end of both names makes a prefix pair; what is left and has no
/// other candidate of its signature on either side makes a pair of names. Looks at the first few
/// hundred of each side, so that the cost stays bounded when nothing fits.
std::vector<NamePair> LikelyRenames(std::span<const NamedTensor> from,
                                    std::span<const NamedTensor> to);

}  // namespace statestone::text
