// A value of a file by its display path. Knows nothing of torch.
#pragma once

#include <string_view>

#include "statestone/reader.h"

namespace statestone {

/// The value under `path`: an entry's name, or a display path into the value of an entry.
/// \throws Error not_found (says what there is)
Value FindStoredValue(const Reader& reader, std::string_view path);

}  // namespace statestone
