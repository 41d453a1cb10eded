#include "statestone/convert.h"

#include <sys/mman.h>

#include <utility>

#include "interop/pt/import.h"

namespace statestone {
namespace {

// Bytes that may be converted between two times that pages of the map are given back.
constexpr std::uint64_t kGiveBackEvery = 8ull << 20;

// Pages of the source that were read in place would count as this process's memory until the end.
// They are clean and private: giving them back costs a page fault where they are read again.
void GiveBackPages(std::span<const std::byte> map) {
  if (map.empty()) return;
  ::madvise(const_cast<std::byte*>(map.data()), map.size(), MADV_DONTNEED);
}

// The caller's progress, and between its calls the pages given back.
Progress GivingBack(Progress progress, std::span<const std::byte> map) {
  return [progress = std::move(progress), map, last = std::uint64_t{0}](
             std::uint64_t done, std::uint64_t total) mutable {
    if (done - last >= kGiveBackEvery) {
      GiveBackPages(map);
      last = done;
    }
    if (progress) progress(done, total);
  };
}

ImportOptions ForImport(const std::filesystem::path& target, const ConvertOptions& options) {
  return {.skip_unknown = options.skip_unknown,
          .scratch = target.parent_path(),
          .threads = options.write.threads,
          .stop = options.write.stop};
}

ConvertReport Save(ImportedCheckpoint imported, const std::filesystem::path& target,
                   const ConvertOptions& options) {
  WriteOptions write = options.write;
  if (!imported.mapped.empty()) {
    write.progress = GivingBack(options.write.progress, imported.mapped);
    GiveBackPages(imported.mapped);
  }
  return {.summary = SaveCheckpoint(imported.checkpoint, target, write),
          .source_kind = imported.kind,
          .source_bytes = imported.source_bytes,
          .skipped = std::move(imported.skipped)};
}

}  // namespace

ConvertReport ConvertFile(const std::filesystem::path& source, const std::filesystem::path& target,
                          const ConvertOptions& options) {
  return Save(ImportCheckpoint(source, ForImport(target, options)), target, options);
}

ConvertReport ConvertPt(const std::filesystem::path& source, const std::filesystem::path& target,
                        const ConvertOptions& options) {
  return Save(pt::Import(source, ForImport(target, options)), target, options);
}

}  // namespace statestone
