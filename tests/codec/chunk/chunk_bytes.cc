#include "tests/codec/chunk/chunk_bytes.h"

namespace statestone::chunk {
namespace {

Bytes U32(std::uint32_t value) {
  return Of({value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF, value >> 24});
}

}  // namespace

Bytes Of(std::initializer_list<unsigned> values) {
  Bytes bytes;
  for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

Bytes operator+(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Bytes Frame(const Bytes& content) {
  const auto size = static_cast<unsigned>(content.size());
  // Magic; single segment, content size in one byte; the size; last block, not compressed.
  return Of({0x28, 0xB5, 0x2F, 0xFD, 0x20, size, 1 | (size << 3 & 0xFF), size >> 5, 0}) + content;
}

Bytes Pairs(unsigned top, const Bytes& frame, const Bytes& exceptions) {
  return U32(static_cast<std::uint32_t>(frame.size())) + Of({top, 0, 0, 0}) + frame + exceptions;
}

Bytes Chunk(const std::vector<Plane>& planes, const Bytes& rest) {
  Bytes chunk;
  for (const Plane& plane : planes) {
    const auto size = static_cast<std::uint32_t>(plane.bytes.size());
    chunk = chunk + U32(plane.coding << 28 | plane.length.value_or(size));
  }
  for (const Plane& plane : planes) chunk = chunk + plane.bytes;
  return chunk + rest;
}

Bytes Decoded(const Bytes& stored, Shape shape, std::size_t size) {
  Bytes raw(size, std::byte{0xA5});
  Decoder().Decode(stored, shape, raw);
  return raw;
}

void ExpectRefused(const Bytes& stored, Shape shape, std::size_t size, const Refusal& refusal) {
  try {
    Decoded(stored, shape, size);
    ADD_FAILURE() << "decoded, instead of: " << refusal.problem;
  } catch (const Error& error) {
    EXPECT_EQ(Name(error.code()), Name(refusal.code)) << error.what();
    EXPECT_EQ(error.fields().offset, refusal.offset) << error.what();
    EXPECT_EQ(error.fields().problem, refusal.problem);
    EXPECT_EQ(error.fields().expected, refusal.expected) << error.what();
    EXPECT_EQ(error.fields().found, refusal.found) << error.what();
    if (refusal.code == ErrorCode::kCorrupt) {
      EXPECT_EQ(error.fields().advice, kCopyAgain);
    }
  }
}

}  // namespace statestone::chunk
