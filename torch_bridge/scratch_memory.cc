#include "torch_bridge/scratch_memory.h"

#include <sys/mman.h>

#include <new>

#include "codec/bytes/checked.h"

namespace statestone {

ScratchMemory MakeScratch(std::uint64_t bytes) {
  constexpr std::uint64_t kHugePage = 2 << 20;
  const std::uint64_t size = bytes::AlignUp(bytes + 1, kHugePage);
  ScratchMemory memory(static_cast<std::byte*>(std::aligned_alloc(kHugePage, size)));
  if (memory == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  // Only advice: where it is not taken, small pages do.
  static_cast<void>(::madvise(memory.get(), size, MADV_HUGEPAGE));
#endif
  return memory;
}

}  // namespace statestone
