#include "cli/terminal/numbers.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace statestone::cli {
namespace {

// Three significant digits.
std::string Short(double value) {
  return fmt::format("{:.{}f}", value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

template <std::size_t N>
std::string Scaled(double value, const std::array<std::string_view, N>& units) {
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < N) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{} {}", Short(value), units[unit]);
}

}  // namespace

std::string WithCommas(std::uint64_t count) {
  std::string text = fmt::format("{}", count);
  for (std::size_t i = text.size(); i > 3;) {
    i -= 3;
    text.insert(i, 1, ',');
  }
  return text;
}

std::string HumanCount(std::uint64_t count) {
  if (count < 1'000'000) return WithCommas(count);
  static constexpr std::array<std::string_view, 5> kUnits = {"M", "G", "T", "P", "E"};
  return Scaled(static_cast<double>(count) / 1e6, kUnits);
}

std::string Percent(double part, double whole) {
  const double percent = whole == 0 ? 100 : 100 * part / whole;
  return fmt::format("{:.{}f} %", percent, percent >= 99.95 ? 0 : 1);
}

std::string ShortPercent(double part, double whole) {
  return fmt::format("{:.0f} %", whole == 0 ? 100 : 100 * part / whole);
}

std::string HumanSeconds(double seconds) {
  if (seconds < 59.95) return fmt::format("{:.{}f} s", seconds, seconds < 9.995 ? 2 : 1);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string HumanRate(double bytes, double seconds) {
  if (seconds <= 0) return {};
  static constexpr std::array<std::string_view, 4> kUnits = {"kB/s", "MB/s", "GB/s", "TB/s"};
  return Scaled(bytes / seconds / 1e3, kUnits);
}

}  // namespace statestone::cli
