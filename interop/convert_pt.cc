#include <sys/mman.h>

#include <utility>

#include "interop/budget.h"
#include "interop/pickle/machine.h"
#include "interop/pt/archive.h"
#include "interop/pt/tensor_writer.h"
#include "interop/value_builder.h"
#include "statestone/convert.h"

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

ConvertReport Convert(const std::filesystem::path& source, const std::filesystem::path& target,
                      const ConvertOptions& options) {
  pt::Archive archive(source, target.parent_path());
  const pt::Record record = archive.Pickle();
  const pickle::Pickle pickle = pickle::Read(record.in_place(), record.offset);
  WriteOptions write = options.write;
  write.progress = GivingBack(options.write.progress, archive.mapped().bytes());
  Writer writer(target, write);
  Budget budget(record.bytes);
  pt::TensorWriter tensors(pickle, archive, writer, budget, options.write.stop);
  ValueBuilder builder(pickle, tensors, budget, options.skip_unknown);
  try {
    builder.WriteRoot(writer);
  } catch (const Error& error) {
    // What the writer refuses before it writes is wrong in the source, not in the target.
    ErrorFields fields = error.fields();
    fields.path = source.string();
    throw Error(error.code(), std::move(fields));
  }
  GiveBackPages(archive.mapped().bytes());
  ConvertReport report{.summary = writer.Finish(), .source_bytes = archive.file_bytes()};
  report.skipped = builder.TakeSkipped();
  for (SkippedEntry& dropped : tensors.TakeDropped()) {
    report.skipped.push_back(std::move(dropped));
  }
  return report;
}

}  // namespace

ConvertReport ConvertPt(const std::filesystem::path& source, const std::filesystem::path& target,
                        const ConvertOptions& options) {
  try {
    return Convert(source, target, options);
  } catch (const Error& error) {
    throw error.WithPath(source.string());
  }
}

}  // namespace statestone
