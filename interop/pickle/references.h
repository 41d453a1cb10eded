// The forms in which pickles of torch refer to what stands beside them.
#pragma once

#include <cstdint>

namespace statestone::pickle {

/// The form in which a pickle may refer to what stands beside it.
enum class References : std::uint8_t {
  kNone,     ///< in none
  kZip,      ///< ('storage', class, key, device, elements)
  kLegacy,   ///< the same and a view of the storage: None or (key, first element, elements)
  kNumbers,  ///< a number alone, as in the tar files of the first releases
};

}  // namespace statestone::pickle
