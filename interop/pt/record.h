// Bytes of one part of a checkpoint file, in whichever container.
#pragma once

#include "interop/zip/zip_file.h"

namespace statestone::pt {

using zip::Record;

}  // namespace statestone::pt
