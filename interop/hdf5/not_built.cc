// Stands for import.cc where there is no HDF5 library.
#include "interop/hdf5/import.h"

namespace statestone::hdf5 {

ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions&) {
  throw Error(ErrorCode::kUnsupported,
              {.path = source.string(),
               .problem = "this is an HDF5 file, and this build of Statestone reads none",
               .advice = "build it with -DSTATESTONE_HDF5=ON and the HDF5 library (libhdf5-dev)"});
}

}  // namespace statestone::hdf5
