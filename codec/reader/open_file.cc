#include "codec/reader/open_file.h"

#include <algorithm>
#include <array>
#include <utility>

namespace statestone::reader {

container::Tail ReadTail(const file::ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, container::kTailBytes> bytes;
  source.Read(offset, bytes);
  return container::DecodeTail(bytes, offset);
}

OpenedFile OpenFile(std::shared_ptr<file::ByteSource> source) {
  const std::uint64_t size = source->size();
  std::array<std::byte, container::kHeadBytes> head;
  const auto first = std::span(head).first(std::min<std::uint64_t>(size, head.size()));
  source->Read(0, first);
  container::CheckHead(first, size);
  container::CheckFileSize(size);
  const container::Tail tail = ReadTail(*source, size - container::kTailBytes);
  container::Index index = container::Index::Load(*source, tail);
  return {std::move(source), tail, std::move(index)};
}

}  // namespace statestone::reader
