#include "codec/reader/open_file.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "codec/check/require.h"

namespace statestone::reader {

container::Tail ReadTail(const file::ByteSource& source, std::uint64_t offset) {
  std::array<std::byte, container::kTailBytes> bytes;
  source.Read(offset, bytes);
  return container::DecodeTail(bytes, offset);
}

container::Tail ReadPreviousTail(const file::ByteSource& source, const container::Tail& tail) {
  const auto broken = [&](const std::string& found) {
    return Error(ErrorCode::kCorrupt,
                 {.offset = tail.previous,
                  .problem = "the tail of the generation before is wrong",
                  .expected = "generation " + std::to_string(tail.generation - 1),
                  .found = found,
                  .advice = "the file is damaged, copy it again from where it is whole"});
  };
  container::Tail previous;
  try {
    previous = ReadTail(source, tail.previous);
  } catch (const Error& error) {
    // In the middle of a file, a missing tail is damage and not an unfinished write.
    if (error.code() == ErrorCode::kIncomplete) throw broken("no tail");
    throw;
  }
  Require(CheckSite::kVerifyChain,
          previous.sum == tail.previous_sum && previous.generation == tail.generation - 1,
          [&] { return broken("generation " + std::to_string(previous.generation)); });
  return previous;
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

OpenedFile OpenGeneration(std::shared_ptr<file::ByteSource> source, const container::Tail& last,
                          std::uint64_t generation) {
  if (generation == 0 || generation > last.generation) {
    throw Error(ErrorCode::kNotFound, {.problem = "the file has no such generation",
                                       .expected = "1 to " + std::to_string(last.generation),
                                       .found = std::to_string(generation),
                                       .advice = "`statestone log` lists them"});
  }
  container::Tail tail = last;
  while (tail.generation != generation) tail = ReadPreviousTail(*source, tail);
  container::Index index = container::Index::Load(*source, tail);
  return {file::Prefix(std::move(source), tail.end_offset), tail, std::move(index)};
}

}  // namespace statestone::reader
