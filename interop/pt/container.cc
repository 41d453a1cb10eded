#include "interop/pt/container.h"

#include "interop/pt/archive.h"
#include "interop/pt/legacy_file.h"
#include "interop/recognize.h"

namespace statestone::pt {

std::shared_ptr<Container> OpenContainer(const std::filesystem::path& source,
                                         const std::filesystem::path& scratch) {
  if (RequirePt(*file::OpenPositioned(source)) != FileKind::kPtLegacy) {
    return std::make_shared<Archive>(source, scratch);
  }
  return std::make_shared<LegacyFile>(source);
}

}  // namespace statestone::pt
