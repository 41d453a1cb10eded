// Numbers and strings that protocols 0 and 1 write as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace statestone::pickle {

/// A decimal integer with an optional sign as two's complement, little-endian, in at least one
/// byte. Nothing for other text. Time grows with the square of its length: bound that first.
std::optional<std::string> DecimalInteger(std::string_view text);

/// A float as Python's repr writes it: "1.5", "1e+300", "-inf", "nan".
std::optional<double> DecimalFloat(std::string_view text);

/// The bytes of a quoted Python 2 string: 'it\'s \x00'. Nothing when quotes or escapes are wrong.
std::optional<std::string> QuotedString(std::string_view text);

/// UTF-8 of raw-unicode-escape: latin-1 with \uXXXX and \UXXXXXXXX. Lone surrogates are kept as the
/// three bytes that are not valid UTF-8, so that whoever needs text notices. Nothing for a cut or
/// too large escape.
std::optional<std::string> RawUnicodeEscape(std::string_view text);

/// The bytes whose latin-1 text this UTF-8 is. Nothing for text with other characters.
std::optional<std::string> Latin1Bytes(std::string_view utf8);

}  // namespace statestone::pickle
