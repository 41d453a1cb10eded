#include "interop/safetensors/header.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

#include "codec/bytes/checked.h"
#include "codec/bytes/little_endian.h"
#include "codec/check/require.h"
#include "interop/json/json_events.h"
#include "interop/safetensors/header_events.h"
#include "statestone/display.h"

namespace statestone::safetensors {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr char kAdvice[] = "the file is damaged, or its writer was wrong";

std::uint64_t ReadLength(const file::ByteSource& source) {
  Require(CheckSite::kSafetensorsLength, source.size() >= kLengthBytes, [&] {
    return Error(ErrorCode::kCorrupt, {.problem = "the file is too short for a header",
                                       .expected = "at least 8 bytes",
                                       .found = std::to_string(source.size())});
  });
  std::array<std::byte, kLengthBytes> bytes{};
  source.Read(0, bytes);
  const auto length = bytes::Load<std::uint64_t>(bytes.data());
  Require(CheckSite::kSafetensorsHeaderLimit, length <= kMostHeaderBytes, [&] {
    return Error(ErrorCode::kLimit,
                 {.offset = 0,
                  .problem = "the header is too long",
                  .expected = "at most " + std::to_string(kMostHeaderBytes) + " bytes",
                  .found = std::to_string(length)});
  });
  Require(CheckSite::kSafetensorsHeaderRange, bytes::RangeFits(kLengthBytes, length, source.size()),
          [&] {
            return Error(ErrorCode::kCorrupt,
                         {.offset = 0,
                          .problem = "the header reaches behind the end of the file",
                          .expected = "at most " + std::to_string(source.size() - kLengthBytes),
                          .found = std::to_string(length),
                          .advice = "the file is cut off: copy it again"});
          });
  return length;
}

// The bits that a shape takes, or nothing when 64 bits cannot count them.
std::optional<std::uint64_t> BitsOf(const HeaderTensor& tensor) {
  std::optional<std::uint64_t> elements = 1;
  for (const std::uint64_t dimension : tensor.shape) {
    if (elements) elements = bytes::CheckedMultiply(*elements, dimension);
  }
  return elements ? bytes::CheckedMultiply(*elements, tensor.dtype->bits) : std::nullopt;
}

void CheckSize(const HeaderTensor& tensor) {
  const auto bits = BitsOf(tensor);
  Require(CheckSite::kSafetensorsProduct, bits.has_value(), [&] {
    return Error(ErrorCode::kCorrupt, {.entry = EscapePathComponent(tensor.name),
                                       .problem = "the tensor's shape overflows 64 bits",
                                       .advice = kAdvice});
  });
  Require(CheckSite::kSafetensorsOffsets, tensor.begin <= tensor.end, [&] {
    return Error(ErrorCode::kCorrupt, {.entry = EscapePathComponent(tensor.name),
                                       .problem = "the tensor ends before it begins",
                                       .expected = "at least " + std::to_string(tensor.begin),
                                       .found = std::to_string(tensor.end),
                                       .advice = kAdvice});
  });
  // Where the last dimension is odd, a byte is shared by two rows: torch has no such tensors.
  const bool whole =
      tensor.dtype->bits % 8 == 0 || (!tensor.shape.empty() && tensor.shape.back() % 2 == 0);
  Require(CheckSite::kSafetensorsHalfByte, whole, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.entry = EscapePathComponent(tensor.name),
                  .problem = "the tensor's last dimension is no whole number of bytes",
                  .found = std::string(tensor.dtype->name)});
  });
  const std::uint64_t bytes = bits.value_or(0) / 8;
  Require(CheckSite::kSafetensorsSize, bytes == tensor.end - tensor.begin, [&] {
    return Error(ErrorCode::kCorrupt, {.entry = EscapePathComponent(tensor.name),
                                       .problem = "the tensor is not of the size of its shape",
                                       .expected = std::to_string(bytes) + " bytes",
                                       .found = std::to_string(tensor.end - tensor.begin),
                                       .advice = kAdvice});
  });
}

void CheckPlaces(const Header& header, std::uint64_t data_bytes) {
  std::uint64_t end = 0;
  for (const HeaderTensor& tensor : header.tensors) {
    CheckSize(tensor);
    Require(CheckSite::kSafetensorsGap, tensor.begin == end, [&] {
      return Error(ErrorCode::kCorrupt,
                   {.entry = EscapePathComponent(tensor.name),
                    .problem = tensor.begin > end ? "a hole before the tensor's data"
                                                  : "the tensor's data overlaps another's",
                    .expected = std::to_string(end),
                    .found = std::to_string(tensor.begin),
                    .advice = kAdvice});
    });
    end = tensor.end;
  }
  Require(CheckSite::kSafetensorsEnd, end == data_bytes, [&] {
    return Error(ErrorCode::kCorrupt,
                 {.offset = header.data_offset,
                  .problem = end > data_bytes ? "the file ends before its last tensor does"
                                              : "the file goes on behind its last tensor",
                  .expected = std::to_string(end) + " bytes of tensors",
                  .found = std::to_string(data_bytes),
                  .advice = end > data_bytes ? "the file is cut off: copy it again" : kAdvice});
  });
}

}  // namespace

Header ReadHeader(const file::ByteSource& source) {
  const std::uint64_t length = ReadLength(source);
  std::string text(length, '\0');
  source.Read(kLengthBytes, std::as_writable_bytes(std::span(text)));
  Require(CheckSite::kSafetensorsStart, text.starts_with('{'), [&] {
    return Error(ErrorCode::kCorrupt, {.offset = kLengthBytes,
                                       .problem = "the header does not start with a brace",
                                       .advice = kAdvice});
  });
  HeaderEvents events;
  json::Parse(text, kLengthBytes, events);
  Header header = events.Take();
  header.data_offset = kLengthBytes + length;
  std::ranges::stable_sort(header.tensors, {}, [](const HeaderTensor& tensor) {
    return std::tuple(tensor.begin, tensor.end);
  });
  CheckPlaces(header, source.size() - header.data_offset);
  return header;
}

}  // namespace statestone::safetensors
