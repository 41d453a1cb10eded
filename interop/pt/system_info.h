// What old checkpoints say of the machine that they were saved on.
#pragma once

#include "interop/pickle/machine.h"

namespace statestone::pt {

/// Checks that the dict `sys_info` of an old checkpoint says that the machine was little-endian.
/// Its sizes of C types mean nothing: elements have the sizes of torch's types everywhere.
/// \throws Error unsupported for a big-endian machine; corrupt
void RequireLittleEndian(const pickle::Pickle& system_info);

}  // namespace statestone::pt
