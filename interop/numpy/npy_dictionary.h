// The Python dict in the header of a .npy file, parsed without Python.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace statestone::numpy {

struct NpyDictionary {
  std::string descriptor;  ///< "<f4"; empty when it is a list or tuple: a structured dtype
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
};

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`: these three keys in any
/// order, strings without escapes, integers with or without Python 2's L, white space between
/// tokens and behind the end, and nothing else. Linear in the text. `offset` is where the text
/// stands in its file. \throws Error corrupt with the place where it stops making sense; limit
/// for more than 64 dimensions
NpyDictionary ParseNpyDictionary(std::string_view text, std::uint64_t offset);

}  // namespace statestone::numpy
