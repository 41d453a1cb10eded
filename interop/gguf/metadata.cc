#include "interop/gguf/metadata.h"

#include <array>
#include <bit>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "codec/check/require.h"
#include "interop/file_tensor.h"
#include "statestone/display.h"

namespace statestone::gguf {
namespace {

// The numbers of types in files.
enum Type : std::uint32_t {
  kUInt8 = 0,
  kInt8 = 1,
  kUInt16 = 2,
  kInt16 = 3,
  kUInt32 = 4,
  kInt32 = 5,
  kFloat32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kUInt64 = 10,
  kInt64 = 11,
  kFloat64 = 12,
};

constexpr std::string_view kAlignmentKey = "general.alignment";
constexpr std::uint64_t kSmallestPair = 13;  // an empty key, a type, one byte
constexpr int kMostNesting = 16;             // arrays of arrays; nobody writes even two

std::optional<DType> NumberType(std::uint32_t type) {
  switch (type) {
    case kUInt8:
      return DType::kUInt8;
    case kInt8:
      return DType::kInt8;
    case kUInt16:
      return DType::kUInt16;
    case kInt16:
      return DType::kInt16;
    case kUInt32:
      return DType::kUInt32;
    case kInt32:
      return DType::kInt32;
    case kFloat32:
      return DType::kFloat32;
    case kUInt64:
      return DType::kUInt64;
    case kInt64:
      return DType::kInt64;
    case kFloat64:
      return DType::kFloat64;
    default:
      return std::nullopt;
  }
}

class MetadataReader {
 public:
  MetadataReader(Cursor& cursor, Checkpoint& checkpoint, const std::string& path,
                 std::uint64_t& text_budget)
      : cursor_(cursor), checkpoint_(checkpoint), path_(path), text_budget_(text_budget) {}

  Metadata Read(std::uint64_t count) {
    cursor_.RequireRoom(count, kSmallestPair, "keys");
    std::vector<Value::Pair> pairs;
    std::unordered_set<std::string> keys;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t at = cursor_.position();
      std::string key = cursor_.ReadText(text_budget_);
      Require(CheckSite::kGgufKeys, keys.insert(key).second,
              [&] { return Corrupt(at, "a key is there twice", {}, EscapeForDisplay(key)); });
      key_ = "metadata/" + EscapePathComponent(key);
      const auto type = cursor_.Read<std::uint32_t>();
      SpendValues(1);
      Value value = ReadValue(type, 0);
      if (key == kAlignmentKey) TakeAlignment(at, type, value);
      pairs.emplace_back(std::move(key), std::move(value));
    }
    metadata_.map = Value::Map(std::move(pairs));
    return std::move(metadata_);
  }

 private:
  template <typename Signed>
  Value ReadSigned() {
    return static_cast<std::int64_t>(
        static_cast<Signed>(cursor_.Read<std::make_unsigned_t<Signed>>()));
  }

  Value ReadValue(std::uint32_t type, int depth) {
    switch (type) {
      case kUInt8:
        return std::uint64_t{cursor_.Read<std::uint8_t>()};
      case kInt8:
        return ReadSigned<std::int8_t>();
      case kUInt16:
        return std::uint64_t{cursor_.Read<std::uint16_t>()};
      case kInt16:
        return ReadSigned<std::int16_t>();
      case kUInt32:
        return std::uint64_t{cursor_.Read<std::uint32_t>()};
      case kInt32:
        return ReadSigned<std::int32_t>();
      case kUInt64:
        return cursor_.Read<std::uint64_t>();
      case kInt64:
        return ReadSigned<std::int64_t>();
      case kFloat32:
        return double{std::bit_cast<float>(cursor_.Read<std::uint32_t>())};
      case kFloat64:
        return std::bit_cast<double>(cursor_.Read<std::uint64_t>());
      case kBool:
        return ReadBool();
      case kString:
        return ReadText();
      case kArray:
        return ReadArray(depth);
      default:
        break;
    }
    Require(CheckSite::kGgufValueType, false, [&] {
      return Error(ErrorCode::kUnsupported, {.entry = key_,
                                             .offset = cursor_.position() - sizeof type,
                                             .problem = "the value is of a type that is unknown",
                                             .expected = "0 to 12",
                                             .found = std::to_string(type)});
    });
    return nullptr;
  }

  Value ReadBool() {
    const std::uint64_t at = cursor_.position();
    const auto byte = cursor_.Read<std::uint8_t>();
    Require(CheckSite::kGgufBool, byte <= 1, [&] {
      return Corrupt(at, "a boolean is neither true nor false", "0 or 1", std::to_string(byte));
    });
    return byte != 0;
  }

  Value ReadText() {
    std::string text = cursor_.ReadText(text_budget_);
    return IsValidUtf8(text) ? Value(std::move(text)) : Value::Bytes(std::move(text));
  }

  Value ReadArray(int depth) {
    const std::uint64_t at = cursor_.position();
    Require(CheckSite::kGgufDepth, depth < kMostNesting, [&] {
      return Error(ErrorCode::kLimit, {.entry = key_,
                                       .offset = at,
                                       .problem = "arrays are nested too deep",
                                       .expected = "at most " + std::to_string(kMostNesting)});
    });
    const auto type = cursor_.Read<std::uint32_t>();
    const auto count = cursor_.Read<std::uint64_t>();
    if (const auto number = NumberType(type)) return ReadNumbers(*number, count);
    const std::uint64_t smallest = type == kArray ? 12 : type == kString ? 8 : 1;
    cursor_.RequireRoom(count, smallest, "elements of an array");
    SpendValues(count);
    std::vector<Value> items;
    for (std::uint64_t i = 0; i < count; ++i) items.push_back(ReadValue(type, depth + 1));
    // Nothing would read the type of an array that has no elements.
    if (count == 0 && type > kFloat64) ReadValue(type, depth + 1);
    return Value::List(std::move(items));
  }

  Value ReadNumbers(DType dtype, std::uint64_t count) {
    cursor_.RequireRoom(count, ElementBytes(dtype), "elements of an array");
    TensorSource tensor{.dtype = dtype, .shape = {count}};
    if (count != 0) {
      tensor.pieces = ReadInPieces({cursor_.source(), cursor_.position(), path_, key_});
    }
    cursor_.Skip(count * ElementBytes(dtype));
    return Value::Tensor(checkpoint_.AddAnonymousTensor(std::move(tensor)));
  }

  void SpendValues(std::uint64_t count) {
    Require(CheckSite::kGgufBudget, count <= values_left_, [&] {
      return Error(ErrorCode::kLimit, {.entry = key_,
                                       .offset = cursor_.position(),
                                       .problem = "the GGUF file has too many values",
                                       .expected = "at most " + std::to_string(kMostValues),
                                       .found = std::to_string(count) + " more"});
    });
    values_left_ -= std::min(count, values_left_);
  }

  void TakeAlignment(std::uint64_t at, std::uint32_t type, const Value& value) {
    const bool number = type == kUInt32;
    const std::uint64_t alignment = number ? value.AsUInt() : 0;
    Require(CheckSite::kGgufAlignment, std::has_single_bit(alignment), [&] {
      return Corrupt(at, "the alignment makes no sense", "a power of two of 32 bits",
                     number ? std::to_string(alignment) : "type " + std::to_string(type));
    });
    metadata_.alignment = alignment;
  }

  Error Corrupt(std::uint64_t at, std::string problem, std::string expected,
                std::string found) const {
    return Error(ErrorCode::kCorrupt, {.entry = key_,
                                       .offset = at,
                                       .problem = std::move(problem),
                                       .expected = std::move(expected),
                                       .found = std::move(found),
                                       .advice = "the file is damaged: copy it again"});
  }

  Cursor& cursor_;
  Checkpoint& checkpoint_;
  const std::string& path_;
  std::uint64_t& text_budget_;
  std::uint64_t values_left_ = kMostValues;
  std::string key_;  // as a display path, of what is being read
  Metadata metadata_;
};

}  // namespace

Metadata ReadMetadata(Cursor& cursor, std::uint64_t count, Checkpoint& checkpoint,
                      const std::string& path, std::uint64_t& text_budget) {
  return MetadataReader(cursor, checkpoint, path, text_budget).Read(count);
}

}  // namespace statestone::gguf
