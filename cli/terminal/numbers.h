// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace statestone::cli {

/// "22.2 M"; below a million every digit, with commas.
std::string HumanCount(std::uint64_t count);

/// "38,597,376".
std::string WithCommas(std::uint64_t count);

/// "66.4 %"; "100 %" for 0 of 0.
std::string Percent(double part, double whole);

/// "66 %", for columns.
std::string ShortPercent(double part, double whole);

/// "0.02 s", "12.4 s", "3 min 05 s", "2 h 07 min".
std::string HumanSeconds(double seconds);

/// "2.31 GB/s" of bytes in seconds, decimal units; empty when the time is too short to say.
std::string HumanRate(double bytes, double seconds);

}  // namespace statestone::cli
