#include "interop/pt/container.h"

#include "interop/pt/archive.h"
#include "interop/pt/legacy_file.h"
#include "interop/pt/tar_directory.h"
#include "interop/pt/tar_file.h"
#include "interop/recognize.h"

namespace statestone::pt {

std::shared_ptr<Container> OpenContainer(const std::filesystem::path& source,
                                         const std::filesystem::path& scratch) {
  const auto positioned = file::OpenPositioned(source);
  if (RequirePt(*positioned) != FileKind::kPtLegacy) {
    return std::make_shared<Archive>(source, scratch);
  }
  if (StartsTorchTar(*positioned)) return std::make_shared<TarFile>(source);
  return std::make_shared<LegacyFile>(source);
}

}  // namespace statestone::pt
