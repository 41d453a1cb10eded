#include "statestone/import.h"

#include <utility>

#include "codec/check/require.h"
#include "interop/gguf/import.h"
#include "interop/hdf5/import.h"
#include "interop/numpy/import.h"
#include "interop/onnx/import.h"
#include "interop/pt/import.h"
#include "interop/recognize.h"
#include "interop/safetensors/import.h"
#include "interop/safetensors/import_set.h"
#include "statestone/copy.h"
#include "statestone/reader.h"

namespace statestone {
namespace {

ImportedCheckpoint ImportStone(const std::filesystem::path& source, const ImportOptions& options) {
  ReadOptions read;
  read.threads = options.threads;
  read.stop = options.stop;
  const Reader reader = Reader::Open(source, read);
  return {.checkpoint = DescribeCheckpoint(reader),
          .kind = FileKind::kStone,
          .source_bytes = reader.file_bytes()};
}

ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options) {
  const FileKind kind = RecognizeFile(source);
  switch (kind) {
    case FileKind::kStone:
      return ImportStone(source, options);
    case FileKind::kPtZip:
    case FileKind::kPtLegacy:
      return pt::Import(source, options);
    case FileKind::kNumpy:
      return numpy::ImportNpy(source, options);
    case FileKind::kNumpyZip:
      return numpy::ImportNpz(source, options);
    case FileKind::kGguf:
      return gguf::Import(source, options);
    case FileKind::kHdf5:
      return hdf5::Import(source, options);
    case FileKind::kSafetensors:
      return safetensors::Import(source, options);
    case FileKind::kSafetensorsIndex:
      return safetensors::ImportSet(source, options);
    case FileKind::kOnnx:
      return onnx::Import(source, options);
    case FileKind::kUnknown:
      break;
  }
  throw NotACheckpoint(source, kind);
}

}  // namespace

ImportedCheckpoint ImportCheckpoint(const std::filesystem::path& source,
                                    const ImportOptions& options) {
  try {
    return Import(source, options);
  } catch (const Error& error) {
    throw error.WithPath(source.string());
  }
}

}  // namespace statestone
