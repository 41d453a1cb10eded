// Values on one line, for people.
#pragma once

#include <cstddef>
#include <string>

#include "statestone/value.h"

namespace statestone::cli {

/// What a kind of value is called in listings: "int", "text", "dict".
std::string TypeText(const Value& value);

/// The value as one escaped line of about at most `columns`: longer ones end in the number of items
/// or characters that were left out. Cost follows `columns`, not the value's size.
std::string ValueText(const Value& value, std::size_t columns);

/// Digits of a two's complement, little-endian number; hexadecimal beyond 64 bytes.
std::string IntegerText(std::string_view little_endian);

/// The shortest text that reads back as the same number; always with a point or exponent.
std::string FloatText(double value);
std::string FloatText(float value);

/// Lower-case hexadecimal digits.
std::string HexText(std::string_view bytes);

/// Whether the value or something in it refers to a tensor.
bool HoldsTensors(const Value& value);

}  // namespace statestone::cli
