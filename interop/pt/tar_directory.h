// The directory of a tar file: where the bytes of every member are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codec/file/byte_source.h"

namespace statestone::pt {

struct TarMember {
  std::string name;
  std::uint64_t offset = 0;  ///< of its bytes in the file
  std::uint64_t bytes = 0;
};

/// Whether the first member of a tar file is one that a checkpoint has. Reads at most 1 KiB.
/// \throws Error io
bool StartsTorchTar(const file::ByteSource& source);

/// Reads all headers and checks them: sums, sizes that fit the file, plain files alone, zeros at
/// the end. Of the extended headers of pax, path and size count. Names are names: nothing is ever
/// made under them. Cost: a read for each member.
/// \throws Error corrupt; unsupported for members that are no plain files; io
std::vector<TarMember> ReadTarDirectory(const file::ByteSource& source);

}  // namespace statestone::pt
