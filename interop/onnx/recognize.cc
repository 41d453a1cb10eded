#include "interop/onnx/recognize.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace statestone::onnx {
namespace {

constexpr int kMostFields = 4096;
constexpr std::uint64_t kNewestVersion = 255;  // 14 in 2026, one or two more a year
constexpr std::uint64_t kVersionField = 1;
constexpr std::uint64_t kGraphField = 7;

enum WireType : std::uint64_t { kVarint = 0, kLength = 2 };

// The wire type of a model's field, or nothing for a number that no model has.
std::optional<WireType> TypeOf(std::uint64_t field) {
  switch (field) {
    case kVersionField:
    case 5:  // version of the model
      return kVarint;
    case 2:  // producer, its version, domain, text, graph, operator sets
    case 3:
    case 4:
    case 6:
    case kGraphField:
    case 8:
    case 14:  // metadata, training, functions, configuration
    case 20:
    case 25:
    case 26:
      return kLength;
    default:
      return std::nullopt;
  }
}

// Variable-length integers at a place; nothing where the bytes given end within one.
class Numbers {
 public:
  explicit Numbers(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::optional<std::uint64_t> Next() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && used_ < bytes_.size(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(bytes_[used_++]);
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  std::uint64_t used() const { return used_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t used_ = 0;
};

}  // namespace

Likeness LooksLikeModel(const file::ByteSource& source) {
  std::array<std::byte, 20> window{};  // a tag and a number
  std::uint64_t at = 0;
  bool has_version = false;
  bool has_graph = false;
  for (int field = 0; field < kMostFields && at < source.size(); ++field) {
    const auto bytes =
        std::span(window).first(std::min<std::uint64_t>(window.size(), source.size() - at));
    source.Read(at, bytes);
    Numbers numbers(bytes);
    const std::uint64_t tag = numbers.Next().value_or(0);
    const std::optional<WireType> type = TypeOf(tag >> 3);
    if (type != (tag & 7)) return Likeness::kNone;
    const auto number = numbers.Next();
    if (!number) return has_version ? Likeness::kStart : Likeness::kNone;
    at += numbers.used();
    if (tag >> 3 == kVersionField) {
      if (has_version || *number == 0 || *number > kNewestVersion) return Likeness::kNone;
      has_version = true;
    }
    if (tag >> 3 == kGraphField) has_graph = true;
    if (*type != kLength) continue;
    if (*number > source.size() - at) return has_version ? Likeness::kStart : Likeness::kNone;
    at += *number;
  }
  const bool whole = at == source.size() && has_version && has_graph;
  if (whole) return Likeness::kWhole;
  return has_version ? Likeness::kStart : Likeness::kNone;
}

}  // namespace statestone::onnx
