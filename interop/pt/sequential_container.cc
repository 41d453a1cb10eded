#include "interop/pt/sequential_container.h"

namespace statestone::pt {

SequentialContainer::SequentialContainer(const std::filesystem::path& source)
    : mapped_(file::OpenMapped(source, /*writable=*/false)),
      positioned_(file::OpenPositioned(source)),
      path_(source.string()) {}

Record SequentialContainer::Open(std::size_t storage) {
  const StoredBytes& stored = storages_[storage];
  return {.positioned = positioned_,
          .mapped = mapped_,
          .offset = stored.offset,
          .bytes = stored.bytes,
          .name = stored.name,
          .path = path_};
}

}  // namespace statestone::pt
