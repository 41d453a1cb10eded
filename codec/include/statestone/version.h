// The library's version. The version of the format is a different number: see format_version.
#pragma once

#define STATESTONE_VERSION_MAJOR 0
#define STATESTONE_VERSION_MINOR 1
#define STATESTONE_VERSION_PATCH 0
#define STATESTONE_VERSION_STRING "0.1.0"

#include <cstdint>
#include <string_view>

namespace statestone {

/// Version of this library, "major.minor.patch".
inline constexpr std::string_view kVersion = STATESTONE_VERSION_STRING;

/// Major version of the file format that this library writes and reads (`spec/format.md`).
inline constexpr std::uint32_t kFormatVersion = 1;

}  // namespace statestone
