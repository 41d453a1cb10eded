// What stands at the other end of a stream: a terminal or not, how wide, which marks it can show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace statestone::cli {

enum class ColorChoice : std::uint8_t { kAuto, kAlways, kNever };

/// How text for one stream may look.
struct Screen {
  bool terminal = false;
  bool color = false;
  bool unicode = false;                ///< the locale's text is UTF-8: box drawing, "×", "…"
  std::optional<std::size_t> columns;  ///< of a terminal, at least 20; nothing: as wide as needed
};

/// Looks at the stream behind `fd` and at NO_COLOR, TERM, COLUMNS, LC_ALL, LC_CTYPE and LANG.
Screen LookAtScreen(int fd, ColorChoice choice = ColorChoice::kAuto);

/// Whether a locale's name, such as "de_DE.UTF-8", says that its text is UTF-8.
bool IsUtf8Locale(std::string_view locale);

}  // namespace statestone::cli
