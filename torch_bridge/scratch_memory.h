// Memory for tensors on their way into a module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace statestone {

struct FreeScratch {
  void operator()(std::byte* memory) const noexcept { std::free(memory); }
};
using ScratchMemory = std::unique_ptr<std::byte[], FreeScratch>;

/// Uninitialized memory, in huge pages where the system has them: filling gigabytes of fresh small
/// pages costs more than decoding into them. \throws std::bad_alloc
ScratchMemory MakeScratch(std::uint64_t bytes);

}  // namespace statestone
