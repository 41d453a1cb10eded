#include "interop/pickle/scalars.h"

#include <bit>
#include <string>

#include "interop/pickle/bounds.h"
#include "interop/pickle/literals.h"

namespace statestone::pickle {

std::optional<ObjectId> ScalarReader::Read(Opcode opcode) {
  start_ = cursor_.position() - 1;
  if (const auto number = Number(opcode)) return number;
  return TextOf(opcode);
}

ObjectId ScalarReader::Text(Kind kind, std::uint64_t size) {
  const std::uint64_t offset = cursor_.position();
  cursor_.Skip(size);
  return objects_.AddText(kind, offset, size);
}

// Two's complement of any length; what fits 64 bits becomes a plain integer.
ObjectId ScalarReader::Long(std::uint64_t size) {
  const std::uint64_t offset = cursor_.position();
  cursor_.Skip(size);
  if (size > sizeof(std::int64_t)) return objects_.AddText(Kind::kLong, offset, size);
  const std::string_view text = cursor_.View(offset, size);
  const bool negative = !text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0;
  std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = text.size(); i-- > 0;) {
    value = (value << 8) | static_cast<unsigned char>(text[i]);
  }
  return objects_.AddInteger(static_cast<std::int64_t>(value));
}

ObjectId ScalarReader::Decimal(std::string_view text) {
  Require(CheckSite::kPickleDigits, text.size() <= kDecimalDigits, [&] {
    return Error(ErrorCode::kLimit, {.problem = "an integer written as text is too long",
                                     .expected = std::to_string(kDecimalDigits) + " digits",
                                     .found = std::to_string(text.size())});
  });
  const auto bytes = DecimalInteger(text);
  Require(CheckSite::kPickleLiteral, bytes.has_value(),
          [&] { return cursor_.CorruptAt(start_, "the pickle holds a malformed integer"); });
  if (bytes->size() > sizeof(std::int64_t) + 1) {
    return objects_.AddOwnedText(Kind::kLong, *bytes);
  }
  // DecimalInteger leaves one byte of sign: the ninth byte of 64 bits decides whether they fit.
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes->size() && i < sizeof value; ++i) {
    value |= std::uint64_t{static_cast<unsigned char>((*bytes)[i])} << (8 * i);
  }
  const bool negative = (static_cast<unsigned char>(bytes->back()) & 0x80) != 0;
  if (bytes->size() < sizeof value && negative) value |= ~std::uint64_t{0} << (8 * bytes->size());
  if ((static_cast<std::int64_t>(value) < 0) != negative) {
    return objects_.AddOwnedText(Kind::kLong, *bytes);
  }
  return objects_.AddInteger(static_cast<std::int64_t>(value));
}

ObjectId ScalarReader::Literal(Kind kind, const std::optional<std::string>& text) {
  Require(CheckSite::kPickleLiteral, text.has_value(),
          [&] { return cursor_.CorruptAt(start_, "the pickle holds a malformed string"); });
  return objects_.AddOwnedText(kind, *text);
}

std::optional<ObjectId> ScalarReader::Number(Opcode opcode) {
  switch (opcode) {
    case Opcode::kNone:
      return objects_.none();
    case Opcode::kNewTrue:
    case Opcode::kNewFalse:
      return objects_.boolean(opcode == Opcode::kNewTrue);
    case Opcode::kBinInt:
      return objects_.AddInteger(static_cast<std::int32_t>(cursor_.Take<std::uint32_t>()));
    case Opcode::kBinInt1:
      return objects_.AddInteger(cursor_.Take<std::uint8_t>());
    case Opcode::kBinInt2:
      return objects_.AddInteger(cursor_.Take<std::uint16_t>());
    case Opcode::kLong1:
      return Long(cursor_.Take<std::uint8_t>());
    case Opcode::kLong4:
      return Long(cursor_.Take<std::uint32_t>());
    case Opcode::kBinFloat:
      return objects_.AddFloat(
          std::bit_cast<double>(__builtin_bswap64(cursor_.Take<std::uint64_t>())));
    case Opcode::kInt: {
      const std::string_view line = cursor_.TakeLine();
      if (line == "00" || line == "01") {
        return objects_.boolean(line == "01");
      } else {
        return Decimal(line);
      }
    }
    case Opcode::kLong: {
      std::string_view line = cursor_.TakeLine();
      if (!line.empty() && line.back() == 'L') line.remove_suffix(1);
      return Decimal(line);
    }
    case Opcode::kFloat: {
      const auto value = DecimalFloat(cursor_.TakeLine());
      Require(CheckSite::kPickleLiteral, value.has_value(),
              [&] { return cursor_.CorruptAt(start_, "the pickle holds a malformed number"); });
      return objects_.AddFloat(*value);
    }
    default:
      return std::nullopt;
  }
}

std::optional<ObjectId> ScalarReader::TextOf(Opcode opcode) {
  switch (opcode) {
    case Opcode::kString:
      return Literal(Kind::kOldString, QuotedString(cursor_.TakeLine()));
    case Opcode::kBinString:
      return Text(Kind::kOldString, cursor_.Take<std::uint32_t>());
    case Opcode::kShortBinString:
      return Text(Kind::kOldString, cursor_.Take<std::uint8_t>());
    case Opcode::kUnicode:
      return Literal(Kind::kString, RawUnicodeEscape(cursor_.TakeLine()));
    case Opcode::kBinUnicode:
      return Text(Kind::kString, cursor_.Take<std::uint32_t>());
    case Opcode::kShortBinUnicode:
      return Text(Kind::kString, cursor_.Take<std::uint8_t>());
    case Opcode::kBinUnicode8:
      return Text(Kind::kString, cursor_.Take<std::uint64_t>());
    case Opcode::kBinBytes:
      return Text(Kind::kBytes, cursor_.Take<std::uint32_t>());
    case Opcode::kShortBinBytes:
      return Text(Kind::kBytes, cursor_.Take<std::uint8_t>());
    case Opcode::kBinBytes8:
      return Text(Kind::kBytes, cursor_.Take<std::uint64_t>());
    case Opcode::kByteArray8:
      return Text(Kind::kByteArray, cursor_.Take<std::uint64_t>());
    default:
      return std::nullopt;
  }
}

}  // namespace statestone::pickle
