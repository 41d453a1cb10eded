#include "interop/numpy/npy_array.h"

#include <array>
#include <span>
#include <string>

#include "codec/bytes/checked.h"
#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "codec/layout/strided.h"
#include "interop/file_tensor.h"
#include "interop/numpy/npy_dictionary.h"
#include "interop/numpy/npy_dtype.h"

namespace statestone::numpy {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kShortPreamble = 10;  // magic, version, length of 16 bits
constexpr std::uint64_t kLongPreamble = 12;   // length of 32 bits, from version 2.0 on
constexpr std::uint64_t kNewestVersion = 3;

// An array of numbers of 64 dimensions needs 2 KiB. Only fields of structured dtypes, which are
// refused anyway, take more than the 64 KiB of version 1.0.
constexpr std::uint64_t kMostHeader = 64u << 10;

Error Corrupt(std::uint64_t offset, std::string problem, std::string expected = {},
              std::string found = {}) {
  return Error(ErrorCode::kCorrupt, {.offset = offset,
                                     .problem = std::move(problem),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = "the file is damaged or cut off: copy it again"});
}

struct Preamble {
  std::uint64_t bytes;         // before the dict
  std::uint64_t header_bytes;  // of the dict
};

Preamble ReadPreamble(const file::ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  Require(CheckSite::kNpyMagic, size >= kShortPreamble, [&] {
    return Corrupt(offset, "the file is too short for a NumPy array",
                   "at least " + std::to_string(kShortPreamble) + " bytes", std::to_string(size));
  });
  std::array<std::byte, kLongPreamble> first{};
  source.Read(offset, std::span(first).first(std::min<std::uint64_t>(size, first.size())));
  const std::string_view text(reinterpret_cast<const char*>(first.data()), kMagic.size());
  Require(CheckSite::kNpyMagic, text == kMagic,
          [&] { return Corrupt(offset, "this is no NumPy array", "the magic \\x93NUMPY"); });
  const auto major = std::to_integer<std::uint64_t>(first[6]);
  const auto minor = std::to_integer<std::uint64_t>(first[7]);
  Require(CheckSite::kNpyVersion, major >= 1 && major <= kNewestVersion && minor == 0, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.offset = offset + 6,
                  .problem = "the array is of a version that this library does not read",
                  .expected = "1.0, 2.0 or 3.0",
                  .found = std::to_string(major) + "." + std::to_string(minor)});
  });
  if (major == 1) return {kShortPreamble, bytes::Load<std::uint16_t>(first.data() + 8)};
  Require(CheckSite::kNpyMagic, size >= kLongPreamble, [&] {
    return Corrupt(offset, "the file is too short for a NumPy array",
                   "at least " + std::to_string(kLongPreamble) + " bytes", std::to_string(size));
  });
  return {kLongPreamble, bytes::Load<std::uint32_t>(first.data() + 8)};
}

std::string ReadHeader(const file::ByteSource& source, std::uint64_t offset, std::uint64_t size,
                       const Preamble& preamble) {
  Require(CheckSite::kNpyHeaderLength, preamble.header_bytes <= kMostHeader, [&] {
    return Error(ErrorCode::kLimit, {.offset = offset + 8,
                                     .problem = "the header of the array is too long",
                                     .expected = "at most " + std::to_string(kMostHeader),
                                     .found = std::to_string(preamble.header_bytes)});
  });
  Require(CheckSite::kNpyHeaderLength, preamble.header_bytes <= size - preamble.bytes, [&] {
    return Corrupt(offset + 8, "the header of the array reaches past the end of the file",
                   "at most " + std::to_string(size - preamble.bytes),
                   std::to_string(preamble.header_bytes));
  });
  std::string header(preamble.header_bytes, '\0');
  source.Read(offset + preamble.bytes, std::as_writable_bytes(std::span(header)));
  return header;
}

// Column-major strides, or none where they come to the same as row-major.
std::vector<std::uint64_t> FortranStrides(const NpyArray& array) {
  std::vector<std::uint64_t> strides(array.shape.size(), 1);
  for (std::size_t k = 1; k < strides.size(); ++k) {
    strides[k] = strides[k - 1] * array.shape[k - 1];
  }
  const bool row_major = layout::IsRowMajor({array.shape, strides, ElementBytes(array.dtype)});
  return row_major ? std::vector<std::uint64_t>() : strides;
}

}  // namespace

NpyArray ReadNpyArray(const file::ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  const Preamble preamble = ReadPreamble(source, offset, size);
  NpyDictionary dictionary =
      ParseNpyDictionary(ReadHeader(source, offset, size, preamble), offset + preamble.bytes);
  NpyArray array{.dtype = DTypeOfDescriptor(dictionary.descriptor),
                 .shape = std::move(dictionary.shape),
                 .header_bytes = preamble.bytes + preamble.header_bytes};
  const std::uint64_t rest = size - array.header_bytes;
  const auto wanted = TensorBytes(array.shape, ElementBytes(array.dtype));
  Require(CheckSite::kNpySize, wanted == rest, [&] {
    return Corrupt(offset + array.header_bytes, "the array is not of the size of its shape",
                   ShapeText(array.shape) + " of " + std::string(Name(array.dtype)) +
                       (wanted ? ": " + std::to_string(*wanted) + " bytes" : ""),
                   std::to_string(rest) + " bytes");
  });
  array.data_bytes = rest;
  if (dictionary.fortran_order && rest != 0) array.strides = FortranStrides(array);
  return array;
}

}  // namespace statestone::numpy
