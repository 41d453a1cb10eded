#include "statestone/export.h"

#include <string>

#include "interop/numpy/export.h"
#include "interop/pt/export.h"
#include "interop/safetensors/export.h"

namespace statestone {
namespace {

ExportReport ExportStone(const Checkpoint& checkpoint, const std::filesystem::path& target,
                         const ExportOptions& options) {
  WriteOptions write;
  write.stop = options.stop;
  write.progress = options.progress;
  const WriteSummary summary = SaveCheckpoint(checkpoint, target, write);
  return {.file_bytes = summary.file_bytes,
          .tensors = summary.tensors,
          .tensor_bytes = summary.tensor_bytes,
          .files = {target}};
}

ExportReport Export(const Checkpoint& checkpoint, const std::filesystem::path& target,
                    FileKind kind, const ExportOptions& options) {
  switch (kind) {
    case FileKind::kStone:
      return ExportStone(checkpoint, target, options);
    case FileKind::kNumpy:
      return numpy::ExportNpy(checkpoint, target, options);
    case FileKind::kNumpyZip:
      return numpy::ExportNpz(checkpoint, target, options);
    case FileKind::kPtZip:
      return pt::Export(checkpoint, target, options);
    case FileKind::kSafetensors:
    case FileKind::kSafetensorsIndex:
      return safetensors::Export(checkpoint, target, kind, options);
    default:
      break;
  }
  throw Error(ErrorCode::kInvalidArgument, {.problem = "this kind of file is not written",
                                            .expected = "a .stone, .pt, safetensors, .npy or "
                                                        ".npz file",
                                            .found = std::string(Name(kind))});
}

}  // namespace

ExportReport ExportCheckpoint(const Checkpoint& checkpoint, const std::filesystem::path& target,
                              FileKind kind, const ExportOptions& options) {
  try {
    return Export(checkpoint, target, kind, options);
  } catch (const Error& error) {
    throw error.WithPath(target.string());
  }
}

}  // namespace statestone
