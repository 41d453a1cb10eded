// What the values made from one pickle may add up to.
#pragma once

#include <cstdint>

namespace statestone {

/// Counts nodes and bytes of text against what the pickle could hold without sharing, plus some. So
/// lists that share lists, each doubling the one before, end in an error and not in memory.
class Budget {
 public:
  explicit Budget(std::uint64_t pickle_bytes);

  /// \throws Error limit
  void SpendNodes(std::uint64_t nodes);
  void SpendBytes(std::uint64_t bytes);

 private:
  std::uint64_t nodes_;
  std::uint64_t bytes_;
};

}  // namespace statestone
