#include "interop/pt/import.h"

#include <memory>
#include <utility>

#include "interop/budget.h"
#include "interop/pickle/machine.h"
#include "interop/pt/archive.h"
#include "interop/pt/tensor_writer.h"
#include "interop/value_builder.h"

namespace statestone::pt {
namespace {

ImportedCheckpoint Describe(const std::filesystem::path& source, const ImportOptions& options) {
  const auto archive = std::make_shared<Archive>(
      source, options.scratch.empty() ? source.parent_path() : options.scratch);
  const Record record = archive->Pickle();
  const pickle::Pickle pickle = pickle::Read(record.in_place(), record.offset);
  ImportedCheckpoint imported{.kind = FileKind::kPtZip,
                              .source_bytes = archive->file_bytes(),
                              .mapped = archive->mapped().bytes()};
  imported.checkpoint.Keep(archive);
  Budget budget(record.bytes);
  TensorWriter tensors(pickle, *archive, imported.checkpoint, budget, options.stop);
  ValueBuilder builder(pickle, tensors, budget, options.skip_unknown);
  builder.WriteRoot(imported.checkpoint);
  imported.skipped = builder.TakeSkipped();
  for (SkippedEntry& dropped : tensors.TakeDropped()) {
    imported.skipped.push_back(std::move(dropped));
  }
  return imported;
}

}  // namespace

ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options) {
  try {
    return Describe(source, options);
  } catch (const Error& error) {
    throw error.WithPath(source.string());
  }
}

}  // namespace statestone::pt
