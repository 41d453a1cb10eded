// Coded chunks made byte by byte from spec/format.md, without the encoder, and what to say about
// how they are refused.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "statestone/error.h"
#include "tests/codec/chunk/inputs.h"

namespace statestone::chunk {

inline constexpr std::uint32_t kRaw = 0;
inline constexpr std::uint32_t kConstant = 1;
inline constexpr std::uint32_t kZstd = 2;
inline constexpr std::uint32_t kPairs = 3;
inline constexpr std::uint32_t kJoined = 4;
inline constexpr std::uint32_t kWithPrevious = 5;

Bytes Of(std::initializer_list<unsigned> values);
Bytes operator+(Bytes first, const Bytes& second);

/// A zstd frame with one block that is stored as it is; at most 255 bytes.
Bytes Frame(const Bytes& content);

/// A plane of coding `pairs`.
Bytes Pairs(unsigned top, const Bytes& frame, const Bytes& exceptions);

struct Plane {
  std::uint32_t coding;
  Bytes bytes;
  std::optional<std::uint32_t> length = std::nullopt;  ///< instead of the true one
};

/// Plane headers, planes, rest.
Bytes Chunk(const std::vector<Plane>& planes, const Bytes& rest = {});

Bytes Decoded(const Bytes& stored, Shape shape, std::size_t size);

/// What an error has to say.
struct Refusal {
  ErrorCode code;
  std::uint64_t offset;
  std::string problem;
  std::string expected;
  std::string found;
};

inline constexpr const char* kCopyAgain = "the file is damaged, copy it again";

/// Decoding `stored` to `size` bytes is refused in these words.
void ExpectRefused(const Bytes& stored, Shape shape, std::size_t size, const Refusal& refusal);

}  // namespace statestone::chunk
