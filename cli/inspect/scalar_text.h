// One element of a dtype as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace statestone::cli {

/// The number that `element` is, for bool, integers, float16 to float64 and bfloat16; for other
/// dtypes, and elements of the wrong size, its bytes in hexadecimal.
std::string ScalarText(std::uint8_t dtype, std::string_view element);

}  // namespace statestone::cli
