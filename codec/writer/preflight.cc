#include "codec/writer/preflight.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "codec/bytes/checked.h"
#include "codec/text/key_text.h"
#include "statestone/display.h"
#include "statestone/limits.h"

namespace statestone::writer {
namespace {

Error Invalid(std::string_view entry, std::string problem, std::string expected = {},
              std::string found = {}) {
  return {ErrorCode::kInvalidArgument,
          {.entry = std::string(entry),
           .problem = std::move(problem),
           .expected = std::move(expected),
           .found = std::move(found)}};
}

Error TooMuch(std::string_view entry, std::string problem, std::uint64_t at_most,
              std::uint64_t found) {
  return {ErrorCode::kLimit,
          {.entry = std::string(entry),
           .problem = std::move(problem),
           .expected = "at most " + std::to_string(at_most),
           .found = std::to_string(found)}};
}

Error Unrepresentable(std::string_view entry, std::string problem) {
  return {ErrorCode::kUnrepresentable,
          {.entry = std::string(entry), .problem = std::move(problem)}};
}

void CheckShape(const TensorSource& source) {
  if (source.shape.size() > limits::kRank) {
    throw TooMuch(source.name, "the tensor has too many dimensions", limits::kRank,
                  source.shape.size());
  }
  std::optional<std::uint64_t> bytes = ElementBytes(source.dtype);
  for (const std::uint64_t dimension : source.shape) {
    if (dimension != 0 && bytes) bytes = bytes::CheckedMultiply(*bytes, dimension);
  }
  if (!bytes || *bytes > limits::kStorageBytes) {
    throw TooMuch(source.name, "the tensor's shape is too large", limits::kStorageBytes,
                  bytes.value_or(~std::uint64_t{0}));
  }
  if (!source.strides.empty() && source.strides.size() != source.shape.size()) {
    throw Invalid(source.name, "the tensor needs a stride for each dimension",
                  std::to_string(source.shape.size()), std::to_string(source.strides.size()));
  }
  std::optional<std::uint64_t> last = 0;
  for (std::size_t i = 0; i < source.strides.size(); ++i) {
    const std::uint64_t steps = source.shape[i] == 0 ? 0 : source.shape[i] - 1;
    const auto step = bytes::CheckedMultiply(steps, source.strides[i]);
    last = step && last ? bytes::CheckedAdd(*last, *step) : std::nullopt;
    const bool fits = last && *last <= limits::kStorageBytes / ElementBytes(source.dtype) &&
                      source.strides[i] <= limits::kStorageBytes;
    if (!fits) {
      throw TooMuch(source.name, "the tensor's strides reach too far", limits::kStorageBytes,
                    last.value_or(~std::uint64_t{0}));
    }
  }
  const bool repeats = !source.strides.empty() && layout::ElementCount(source.shape) > *last + 1;
  if (repeats && *bytes > limits::kRepeatedBytes) {
    throw Error(ErrorCode::kLimit,
                {.entry = source.name,
                 .problem = "a tensor that repeats its memory is too large",
                 .expected = "at most " + std::to_string(limits::kRepeatedBytes) + " bytes",
                 .found = std::to_string(*bytes),
                 .advice = "save the tensor that it was expanded from"});
  }
}

class ValueChecker {
 public:
  ValueChecker(std::string_view entry, std::uint64_t tensors, std::vector<bool>& scope_used)
      : path_(EscapePathComponent(entry)), tensors_(tensors), scope_used_(scope_used) {}

  void Check(const Value& value, std::uint64_t depth) {  // NOLINT(misc-no-recursion)
    if (depth > limits::kValueDepth) {
      throw TooMuch(path_, "the value is nested too deep", limits::kValueDepth, depth);
    }
    switch (value.kind()) {
      case ValueKind::kString:
      case ValueKind::kDType:
      case ValueKind::kDevice:
        CheckText(value.raw_bytes(), path_, "a text");
        break;
      case ValueKind::kBigInt:
        if (value.raw_bytes().size() > limits::kBigIntBytes) {
          throw TooMuch(path_, "the integer has too many bytes", limits::kBigIntBytes,
                        value.raw_bytes().size());
        }
        break;
      case ValueKind::kTensor:
        if (value.raw_tensor() >= tensors_) {
          throw Invalid(path_, "the value refers to a tensor that was not added");
        }
        break;
      case ValueKind::kTensorDict:
      case ValueKind::kOrderedTensorDict:
        UseScope(value.AsScope(), path_, scope_used_);
        break;
      case ValueKind::kSize:
        for (const Value& dimension : value.items()) {
          if (dimension.kind() != ValueKind::kInt64) {
            throw Invalid(path_, "a size has a member that is no int64");
          }
        }
        break;
      case ValueKind::kTypedScalar:
        if (value.number() > 255 ||
            FindDType(static_cast<std::uint8_t>(value.number())) == nullptr) {
          throw Error(ErrorCode::kUnsupported,
                      {.entry = path_, .problem = "the typed scalar has a dtype of the future"});
        }
        break;
      case ValueKind::kMap:
      case ValueKind::kOrderedMap:
        CheckKeys(value);
        break;
      default:
        if (static_cast<std::uint8_t>(value.kind()) >
            static_cast<std::uint8_t>(ValueKind::kFrozenSet)) {
          throw Error(ErrorCode::kUnsupported,
                      {.entry = path_, .problem = "the value is of a kind of the future"});
        }
    }
    const bool is_map = value.kind() == ValueKind::kMap || value.kind() == ValueKind::kOrderedMap;
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const std::size_t length = path_.size();
      path_ += '/';
      path_ += is_map && value.keys()[i].kind() == ValueKind::kString
                   ? EscapePathComponent(value.keys()[i].raw_bytes())
                   : std::to_string(i);
      if (is_map) {
        Check(value.keys()[i], depth + 1);
      }
      Check(value.items()[i], depth + 1);
      path_.resize(length);
    }
    if (!value.attributes().is_null()) {
      const ValueKind kind = value.attributes().kind();
      if (kind != ValueKind::kMap && kind != ValueKind::kOrderedMap) {
        throw Invalid(path_, "attributes must be a map", "map", Name(kind));
      }
      Check(value.attributes(), depth + 1);
    }
  }

 private:
  void CheckKeys(const Value& map) {
    if (map.keys().size() != map.items().size()) {
      throw Invalid(path_, "a map needs a key for each item", std::to_string(map.items().size()),
                    std::to_string(map.keys().size()));
    }
    std::unordered_set<std::string> seen;
    for (const Value& key : map.keys()) {
      if (!text::IsKey(text::ValueNode(key))) {
        throw Unrepresentable(path_,
                              "a map has a key of a kind that cannot be one: " + Name(key.kind()));
      }
      if (!seen.insert(text::KeyText(text::ValueNode(key))).second) {
        throw Unrepresentable(path_, "a map has one key twice");
      }
    }
  }

  std::string path_;
  std::uint64_t tensors_;
  std::vector<bool>& scope_used_;
};

}  // namespace

void CheckOptions(const WriteOptions& options) {
  if (options.chunk_units_log2 >= 6 && options.chunk_units_log2 <= 21) return;
  throw Invalid("", "chunk_units_log2 is out of range", "6 to 21",
                std::to_string(options.chunk_units_log2));
}

void CheckText(std::string_view text, std::string_view entry, const char* what) {
  if (IsValidUtf8(text)) return;
  throw Unrepresentable(entry, std::string(what) + " is not UTF-8: " + std::string(text));
}

void CheckName(std::string_view name, const char* what) {
  if (name.size() > limits::kNameBytes) {
    throw TooMuch("", std::string(what) + " is too long", limits::kNameBytes, name.size());
  }
  CheckText(name, name, what);
}

TensorRecord CheckTensor(TensorSource source, bool anonymous) {
  if (anonymous) source.name.clear();
  CheckName(source.name, "a tensor's name");
  CheckShape(source);
  TensorRecord record;
  record.bytes = layout::ElementCount(source.shape) * ElementBytes(source.dtype);
  const bool row_major = source.strides.empty() || layout::IsRowMajor({source.shape, source.strides,
                                                                       ElementBytes(source.dtype)});
  if (source.pieces && (source.data != nullptr || !row_major)) {
    throw Invalid(source.name, "a tensor in pieces has neither data nor strides");
  }
  if (!source.pieces && source.data == nullptr && record.bytes != 0) {
    throw Invalid(source.name, "the tensor has elements and neither data nor pieces");
  }
  if (source.strides.empty()) source.strides = layout::RowMajorStrides(source.shape);
  record.source = std::move(source);
  return record;
}

void UseScope(ScopeRef scope, std::string_view entry, std::vector<bool>& scope_used) {
  if (scope.index >= scope_used.size()) {
    throw Invalid(entry, "the entry refers to a scope that was not added");
  }
  if (scope_used[scope.index]) {
    throw Invalid(entry, "the scope is in use by another entry or value");
  }
  scope_used[scope.index] = true;
}

void CheckValue(const Value& value, std::string_view entry, std::uint64_t tensors,
                std::vector<bool>& scope_used) {
  ValueChecker(entry, tensors, scope_used).Check(value, 1);
}

}  // namespace statestone::writer
