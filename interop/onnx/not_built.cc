// Stands for import.cc where there is no protobuf.
#include "interop/onnx/import.h"

namespace statestone::onnx {

ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions&) {
  throw Error(ErrorCode::kUnsupported,
              {.path = source.string(),
               .problem = "this is an ONNX file, and this build of Statestone reads none",
               .advice = "build it with -DSTATESTONE_ONNX=ON and protobuf (libprotobuf-dev, "
                         "protobuf-compiler)"});
}

}  // namespace statestone::onnx
