#include "interop/walk/opened_checkpoint.h"

namespace statestone::walk {

std::unique_ptr<OpenedCheckpoint> OpenedCheckpoint::Open(const std::filesystem::path& path,
                                                         const ImportOptions& options) {
  try {
    return RecognizeFile(path) == FileKind::kStone ? OpenStone(path, options)
                                                   : OpenDescribed(path, options);
  } catch (const Error& error) {
    throw error.WithPath(path.string());
  }
}

}  // namespace statestone::walk
