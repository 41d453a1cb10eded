#include "cli/terminal/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string>

namespace statestone::cli {
namespace {

constexpr std::size_t kFewestColumns = 20;
constexpr std::size_t kUsualColumns = 80;

std::string_view Environment(const char* name) {
  // Nothing of ours changes the environment.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string_view() : value;
}

bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const auto value = Environment(name); !value.empty()) return IsUtf8Locale(value);
  }
  return false;
}

std::size_t ColumnsOf(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  const auto text = Environment("COLUMNS");
  std::size_t columns = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), columns);
  return result.ec == std::errc() && columns != 0 ? columns : kUsualColumns;
}

}  // namespace

bool IsUtf8Locale(std::string_view locale) {
  std::string letters;
  for (const char c : locale) {
    if (c != '-') letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return letters.find("utf8") != std::string::npos;
}

Screen LookAtScreen(int fd, ColorChoice choice) {
  Screen screen;
  screen.terminal = ::isatty(fd) == 1;
  screen.unicode = LocaleIsUtf8();
  if (screen.terminal) screen.columns = std::max(kFewestColumns, ColumnsOf(fd));
  const bool wanted = Environment("NO_COLOR").empty() && Environment("TERM") != "dumb";
  screen.color =
      choice == ColorChoice::kAlways || (choice == ColorChoice::kAuto && screen.terminal && wanted);
  return screen;
}

}  // namespace statestone::cli
