#include "interop/pt/zip_memory.h"

#include <algorithm>
#include <cstring>

namespace statestone::pt {
namespace {

ZipMemory& MemoryOf(voidpf opaque) { return *static_cast<ZipMemory*>(opaque); }

voidpf Open(voidpf opaque, const void* /*name*/, int /*mode*/) { return opaque; }

uLong Read(voidpf opaque, voidpf /*stream*/, void* out, uLong size) {
  ZipMemory& memory = MemoryOf(opaque);
  const std::uint64_t count = std::min<std::uint64_t>(size, memory.bytes.size() - memory.position);
  if (count == 0) return 0;
  std::memcpy(out, memory.bytes.data() + memory.position, count);
  memory.position += count;
  return count;
}

uLong Write(voidpf /*opaque*/, voidpf /*stream*/, const void* /*data*/, uLong /*size*/) {
  return 0;
}

ZPOS64_T Tell(voidpf opaque, voidpf /*stream*/) { return MemoryOf(opaque).position; }

long Seek(voidpf opaque, voidpf /*stream*/, ZPOS64_T offset, int origin) {
  ZipMemory& memory = MemoryOf(opaque);
  const std::uint64_t base = origin == ZLIB_FILEFUNC_SEEK_CUR   ? memory.position
                             : origin == ZLIB_FILEFUNC_SEEK_END ? memory.bytes.size()
                                                                : 0;
  const std::uint64_t size = memory.bytes.size();
  if (base > size || offset > size - base) return -1;
  memory.position = base + offset;
  return 0;
}

int Close(voidpf /*opaque*/, voidpf /*stream*/) { return 0; }
int LastError(voidpf /*opaque*/, voidpf /*stream*/) { return 0; }

}  // namespace

zlib_filefunc64_def ZipMemoryFunctions(ZipMemory& memory) {
  return {.zopen64_file = Open,
          .zread_file = Read,
          .zwrite_file = Write,
          .ztell64_file = Tell,
          .zseek64_file = Seek,
          .zclose_file = Close,
          .zerror_file = LastError,
          .opaque = &memory};
}

}  // namespace statestone::pt
