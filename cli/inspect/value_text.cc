#include "cli/inspect/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "cli/inspect/scalar_text.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

struct Brackets {
  std::string_view open;
  std::string_view close;
};

Brackets BracketsOf(ValueKind kind) {
  switch (kind) {
    case ValueKind::kList:
      return {"[", "]"};
    case ValueKind::kTuple:
      return {"(", ")"};
    case ValueKind::kSet:
    case ValueKind::kMap:
    case ValueKind::kOrderedMap:
      return {"{", "}"};
    case ValueKind::kFrozenSet:
      return {"frozenset{", "}"};
    case ValueKind::kSize:
      return {"size(", ")"};
    default:
      return {"", ""};
  }
}

std::string Quoted(std::string_view text, std::size_t columns) {
  // Bytes are at least columns: the cut falls between characters, and says how much is missing.
  if (text.size() <= columns + 8) return '"' + EscapeForDisplay(text) + '"';
  std::size_t end = columns;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return fmt::format("\"{}\"... {} bytes", EscapeForDisplay(text.substr(0, end)), text.size());
}

std::string BytesText(std::string_view bytes, std::size_t columns) {
  const std::size_t shown = std::min(bytes.size(), std::max<std::size_t>(columns / 3, 4));
  std::string text = HexText(bytes.substr(0, shown));
  if (shown < bytes.size()) text += "...";
  return fmt::format("{}{}{} byte{}", text, text.empty() ? "" : " ", bytes.size(),
                     bytes.size() == 1 ? "" : "s");
}

// NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
std::string ContainerText(const Value& value, std::size_t columns) {
  const Brackets brackets = BracketsOf(value.kind());
  const bool is_map = !value.keys().empty();
  std::string text(brackets.open);
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    if (i != 0) text += ", ";
    if (text.size() >= columns) {
      text += fmt::format("... {} items", value.items().size());
      break;
    }
    const std::size_t room = columns - text.size();
    if (is_map) text += ValueText(value.keys()[i], room) + ": ";
    text += ValueText(value.items()[i], room);
  }
  if (value.kind() == ValueKind::kTuple && value.items().size() == 1) text += ',';
  return text.append(brackets.close);
}

template <typename Float>
std::string Shortest(Float value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string HexText(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

std::string FloatText(double value) { return Shortest(value); }
std::string FloatText(float value) { return Shortest(value); }

std::string IntegerText(std::string_view little_endian) {
  constexpr std::size_t kMostDecimal = 64;
  const bool negative =
      !little_endian.empty() && (static_cast<unsigned char>(little_endian.back()) & 0x80) != 0;
  std::string digits(little_endian);
  if (digits.size() > kMostDecimal) {
    std::reverse(digits.begin(), digits.end());
    return "two's complement 0x" + HexText(digits);
  }
  if (negative) {
    unsigned carry = 1;
    for (char& digit : digits) {
      carry += static_cast<unsigned char>(~digit);
      digit = static_cast<char>(carry);
      carry >>= 8;
    }
  }
  std::string text;
  while (!digits.empty()) {
    unsigned rest = 0;
    for (std::size_t i = digits.size(); i-- > 0;) {
      rest = rest << 8 | static_cast<unsigned char>(digits[i]);
      digits[i] = static_cast<char>(rest / 10);
      rest %= 10;
    }
    text += static_cast<char>('0' + rest);
    while (!digits.empty() && digits.back() == 0) digits.pop_back();
  }
  if (text.empty()) text = "0";
  if (negative) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

std::string TypeText(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
      return "bool";
    case ValueKind::kInt64:
    case ValueKind::kUInt64:
    case ValueKind::kBigInt:
      return "int";
    case ValueKind::kFloat64:
      return "float";
    case ValueKind::kComplex128:
      return "complex";
    case ValueKind::kString:
      return "text";
    case ValueKind::kByteArray:
      return "bytes";
    case ValueKind::kMap:
    case ValueKind::kOrderedMap:
    case ValueKind::kTensorDict:
    case ValueKind::kOrderedTensorDict:
      return "dict";
    case ValueKind::kFrozenSet:
      return "set";
    case ValueKind::kTypedScalar:
      return EscapeForDisplay(value.AsDTypeName());
    default:
      return Name(value.kind());
  }
}

// NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
std::string ValueText(const Value& value, std::size_t columns) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return "null";
    case ValueKind::kBool:
      return value.number() != 0 ? "true" : "false";
    case ValueKind::kInt64:
      return fmt::format("{}", static_cast<std::int64_t>(value.number()));
    case ValueKind::kUInt64:
      return fmt::format("{}", value.number());
    case ValueKind::kBigInt:
      return IntegerText(value.raw_bytes());
    case ValueKind::kFloat64:
      return FloatText(std::bit_cast<double>(value.number()));
    case ValueKind::kComplex128: {
      const double imaginary = std::bit_cast<double>(value.imaginary());
      return fmt::format("{} {} {}i", FloatText(std::bit_cast<double>(value.number())),
                         std::signbit(imaginary) ? "-" : "+", FloatText(std::fabs(imaginary)));
    }
    case ValueKind::kString:
      return Quoted(value.raw_bytes(), columns);
    case ValueKind::kBytes:
    case ValueKind::kByteArray:
      return BytesText(value.raw_bytes(), columns);
    case ValueKind::kDType:
    case ValueKind::kDevice:
      return EscapeForDisplay(value.raw_bytes());
    case ValueKind::kTypedScalar:
      return ScalarText(static_cast<std::uint8_t>(value.number()), value.raw_bytes());
    case ValueKind::kTensor:
      return "tensor";
    case ValueKind::kTensorDict:
    case ValueKind::kOrderedTensorDict:
      return "tensors";
    case ValueKind::kList:
    case ValueKind::kTuple:
    case ValueKind::kSet:
    case ValueKind::kFrozenSet:
    case ValueKind::kSize:
    case ValueKind::kMap:
    case ValueKind::kOrderedMap:
      return ContainerText(value, columns);
  }
  return "written by a newer version";
}

bool HoldsTensors(const Value& value) {  // NOLINT(misc-no-recursion): at most 64 deep
  switch (value.kind()) {
    case ValueKind::kTensor:
    case ValueKind::kTensorDict:
    case ValueKind::kOrderedTensorDict:
      return true;
    default:
      return std::any_of(value.items().begin(), value.items().end(), HoldsTensors);
  }
}

}  // namespace statestone::cli
