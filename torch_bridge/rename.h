// Names of a file under the rename pairs of a restore. Knows nothing of torch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "statestone/report.h"

namespace statestone {

/// Applies rename pairs and remembers which of them fitted. Not thread-safe. Linear in the number
/// of pairs for each name.
class NameMap {
 public:
  /// Keeps a reference to `pairs`.
  /// \throws Error invalid_argument for a pair of a prefix (ends in '.', or empty) and a name
  explicit NameMap(const std::vector<Rename>& pairs);

  /// The name in the module of a name in the file: by the first pair that fits, once.
  std::string InModule(std::string_view in_file);

  /// The pairs that have fitted no name so far.
  std::vector<Rename> Unused() const;

 private:
  const std::vector<Rename>& pairs_;
  std::vector<bool> used_;
};

}  // namespace statestone
