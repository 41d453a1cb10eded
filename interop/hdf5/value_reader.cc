#include "interop/hdf5/value_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/bytes/little_endian.h"
#include "interop/file_tensor.h"
#include "interop/hdf5/element_type.h"
#include "interop/hdf5/space.h"
#include "statestone/display.h"

namespace statestone::hdf5 {
namespace {

constexpr char kUnreadable[] = "a value cannot be read";

// More than anything that a file may have, so that spending it is refused.
constexpr std::uint64_t kTooMany = ~std::uint64_t{0};

Value TextValue(std::string text) {
  return IsValidUtf8(text) ? Value(std::move(text)) : Value::Bytes(std::move(text));
}

// A text of fixed length without what fills it up.
std::string_view Trim(std::string_view text, H5T_str_t padding) {
  if (padding == H5T_STR_NULLTERM) return text.substr(0, text.find('\0'));
  const char filler = padding == H5T_STR_SPACEPAD ? ' ' : '\0';
  const std::size_t last = text.find_last_not_of(filler);
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

// Nested lists of a shape; takes the texts in order.
Value Nest(std::span<Value> texts, std::span<const std::uint64_t> shape) {
  if (shape.empty()) return std::move(texts.front());
  std::vector<Value> items;
  const std::uint64_t step = shape[0] == 0 ? 0 : texts.size() / shape[0];
  for (std::uint64_t i = 0; step != 0 && i < shape[0]; ++i) {
    items.push_back(Nest(texts.subspan(i * step, step), shape.subspan(1)));
  }
  return Value::List(std::move(items));
}

Value ScalarValue(DType dtype, const std::byte* element) {
  switch (dtype) {
    case DType::kBool:
      return element[0] != std::byte{0};
    case DType::kInt64:
      return static_cast<std::int64_t>(bytes::Load<std::uint64_t>(element));
    case DType::kUInt64:
      return bytes::Load<std::uint64_t>(element);
    case DType::kFloat64:
      return std::bit_cast<double>(bytes::Load<std::uint64_t>(element));
    case DType::kComplex128:
      return Value::Complex({std::bit_cast<double>(bytes::Load<std::uint64_t>(element)),
                             std::bit_cast<double>(bytes::Load<std::uint64_t>(element + 8))});
    default:
      return Value::TypedScalar(
          dtype, std::string(reinterpret_cast<const char*>(element), ElementBytes(dtype)));
  }
}

// Gives back what the library allocated for texts of variable length, however reading them ends.
class VariableTexts {
 public:
  VariableTexts(hid_t type, hid_t space, std::uint64_t count)
      : type_(type), space_(space), texts_(count, nullptr) {}
  ~VariableTexts() { H5Dvlen_reclaim(type_, space_, H5P_DEFAULT, texts_.data()); }
  VariableTexts(const VariableTexts&) = delete;
  VariableTexts& operator=(const VariableTexts&) = delete;

  char** data() { return texts_.data(); }
  std::span<char* const> texts() const { return texts_; }

 private:
  hid_t type_;
  hid_t space_;
  std::vector<char*> texts_;
};

}  // namespace

Handle ValueReader::Source::Type() const {
  return {is_dataset ? H5Dget_type(id) : H5Aget_type(id), H5Tclose, kUnreadable};
}

void ValueReader::Source::Read(hid_t type, void* out) const {
  Expect(
      is_dataset ? H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) : H5Aread(id, type, out),
      kUnreadable);
}

void ValueReader::Spend(std::uint64_t values, std::uint64_t bytes) {
  Require(CheckSite::kHdf5Budget, values <= values_left_ && bytes <= bytes_left_, [&] {
    return Error(ErrorCode::kLimit,
                 {.problem = "attributes and texts of the HDF5 file are too large",
                  .expected = "at most " + std::to_string(kMostValues) + " values of " +
                              HumanBytes(kMostValueBytes),
                  .found = "more"});
  });
  values_left_ -= std::min(values, values_left_);
  bytes_left_ -= std::min(bytes, bytes_left_);
}

Value ValueReader::ReadAttribute(hid_t attribute) {
  const Source source{attribute, /*is_dataset=*/false};
  const Handle space(H5Aget_space(attribute), H5Sclose, kUnreadable);
  const auto shape = ReadShape(space.id());
  Spend(1, 0);
  if (!shape) return nullptr;
  return IsText(source.Type().id()) ? ReadTexts(source, *shape) : ReadNumbers(source, *shape);
}

Value ValueReader::ReadTexts(hid_t dataset, const std::vector<std::uint64_t>& shape) {
  return ReadTexts(Source{dataset, /*is_dataset=*/true}, shape);
}

Value ValueReader::ReadTexts(const Source& source, const std::vector<std::uint64_t>& shape) {
  const std::uint64_t count = TensorBytes(shape, 1).value_or(kTooMany);
  // A dimension of 0 must not let the others stand for lists without end.
  std::uint64_t lists = 1;
  for (const std::uint64_t dim : shape) {
    lists = bytes::CheckedMultiply(lists, std::max<std::uint64_t>(dim, 1)).value_or(kTooMany);
  }
  Spend(lists, 0);
  std::vector<Value> texts = count == 0 ? std::vector<Value>() : ReadTexts(source, count);
  return Nest(texts, shape);
}

std::vector<Value> ValueReader::ReadTexts(const Source& source, std::uint64_t count) {
  const Handle type = source.Type();
  if (Expect(H5Tis_variable_str(type.id()), kUnreadable) > 0) {
    const Handle space(source.is_dataset ? H5Dget_space(source.id) : H5Aget_space(source.id),
                       H5Sclose, kUnreadable);
    return ReadVariableTexts(source, type.id(), space.id(), count);
  }
  return ReadFixedTexts(source, type.id(), count);
}

std::vector<Value> ValueReader::ReadFixedTexts(const Source& source, hid_t type,
                                               std::uint64_t count) {
  const std::uint64_t length = H5Tget_size(type);
  const auto bytes = bytes::CheckedMultiply(length, count);
  Spend(0, bytes.value_or(kTooMany));
  std::string all(*bytes, '\0');
  source.Read(type, all.data());
  const H5T_str_t padding = H5Tget_strpad(type);
  std::vector<Value> texts;
  for (std::uint64_t i = 0; i < count; ++i) {
    texts.push_back(
        TextValue(std::string(Trim(std::string_view(all).substr(i * length, length), padding))));
  }
  return texts;
}

std::vector<Value> ValueReader::ReadVariableTexts(const Source& source, hid_t type, hid_t space,
                                                  std::uint64_t count) {
  VariableTexts found(type, space, count);
  source.Read(type, found.data());
  std::vector<Value> texts;
  for (const char* text : found.texts()) {
    const std::string_view view = text == nullptr ? std::string_view() : text;
    Spend(0, view.size());
    texts.push_back(TextValue(std::string(view)));
  }
  return texts;
}

Value ValueReader::ReadNumbers(const Source& source, const std::vector<std::uint64_t>& shape) {
  const Handle type = source.Type();
  const auto numbers = FindNumberType(type.id());
  Require(CheckSite::kHdf5AttributeType, numbers.has_value(), [&] {
    return Error(ErrorCode::kUnsupported, {.problem = "the attribute has no counterpart",
                                           .expected = "texts or numbers",
                                           .found = DescribeType(type.id())});
  });
  const auto bytes = TensorBytes(shape, ElementBytes(numbers->dtype));
  Spend(0, bytes.value_or(kTooMany));
  const auto elements = std::make_shared<std::vector<std::byte>>(*bytes);
  if (!elements->empty()) source.Read(numbers->in_memory.id(), elements->data());
  if (shape.empty()) return ScalarValue(numbers->dtype, elements->data());
  TensorSource tensor{.dtype = numbers->dtype, .shape = shape};
  if (!elements->empty()) {
    tensor.data = elements->data();
    tensor.owner = elements;
  }
  return Value::Tensor(checkpoint_.AddAnonymousTensor(std::move(tensor)));
}

}  // namespace statestone::hdf5
