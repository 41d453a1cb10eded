// Any bytes as the pickle of a checkpoint: the harness puts them into a sound zip file.
#include <cstdint>
#include <string>

#include "tests/fuzz/convert_once.h"
#include "tests/interop/zip_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string pickle(reinterpret_cast<const char*>(data), size);
  statestone::ConvertOnce(statestone::BuildZip(statestone::CheckpointParts(pickle)));
  return 0;
}
