#include "interop/pt/import.h"

#include <memory>
#include <utility>

#include "interop/budget.h"
#include "interop/optimizer/recognize.h"
#include "interop/pickle/machine.h"
#include "interop/pt/container.h"
#include "interop/pt/tensor_writer.h"
#include "interop/value_builder.h"

namespace statestone::pt {
namespace {

ImportedCheckpoint Describe(const std::filesystem::path& source, const ImportOptions& options) {
  const auto container =
      OpenContainer(source, options.scratch.empty() ? source.parent_path() : options.scratch);
  const pickle::Pickle pickle = container->ReadPickle();
  ImportedCheckpoint imported{.kind = RecognizeFile(source),
                              .source_bytes = container->file_bytes(),
                              .mapped = container->mapped().bytes()};
  imported.checkpoint.Keep(container);
  Budget budget(pickle.bytes);
  TensorWriter tensors(pickle, *container, imported.checkpoint, budget, options.stop);
  ValueBuilder builder(pickle, tensors, budget, options.skip_unknown);
  builder.WriteRoot(imported.checkpoint);
  imported.checkpoint = optimizer::RecognizeOptimizers(std::move(imported.checkpoint));
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
