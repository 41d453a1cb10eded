// Names on their way to people: escaping that is safe on a terminal, and display paths.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace statestone {

class Value;

/// `text` with everything a terminal could act on, or that could hide, written as an escape:
/// control characters and bytes that are not valid UTF-8 as `\xHH`; C1 controls, line and paragraph
/// separators, and bidirectional and zero-width controls as `\u{HHHH}`. Other text, a backslash
/// included, stays as it is, so this is for showing, not for parsing back. Linear in the size.
std::string EscapeForDisplay(std::string_view text);

/// One component of a display path: as EscapeForDisplay, and also `\` as `\\` and `/` as `\/`, so
/// that different names give different text and UnescapePathComponent gives the name back.
std::string EscapePathComponent(std::string_view name);

/// How the key of a map stands in a display path: a text as EscapePathComponent gives it, others
/// as `\#` and their text. Different keys give different text. At most 64 deep.
std::string KeyComponent(const Value& key);

/// Splits a display path at its unescaped slashes and undoes the escapes of each component.
/// \throws Error invalid_argument for an escape that EscapePathComponent never writes
std::vector<std::string> SplitDisplayPath(std::string_view path);

/// Whether `text` is well-formed UTF-8: shortest forms only, no surrogates, at most U+10FFFF.
bool IsValidUtf8(std::string_view text) noexcept;

/// "1.5 KiB", "83.2 MiB": for people, three significant digits.
std::string HumanBytes(std::uint64_t bytes);

}  // namespace statestone
