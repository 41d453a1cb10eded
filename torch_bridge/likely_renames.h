// Guesses which rename pairs a restore that did not fit would have needed. Knows nothing of torch.
#pragma once

#include <vector>

#include "statestone/report.h"

namespace statestone {

/// Pairs under which tensors of `unexpected` would meet tensors of `missing` with the same shape
/// and element type (`found` of the one equals `expected` of the other), those that explain most
/// first. A common end of both names makes a prefix pair; what is left and has no other candidate
/// of its shape on either side makes a pair of names. Looks at the first few hundred of each side,
/// so that the cost stays bounded when nothing fits.
std::vector<Rename> LikelyRenames(const std::vector<TensorDifference>& missing,
                                  const std::vector<TensorDifference>& unexpected);

}  // namespace statestone
