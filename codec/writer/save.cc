#include <typeinfo>

#include "codec/container/head_tail.h"
#include "codec/file/atomic_file.h"
#include "codec/pipeline/cancellation.h"
#include "codec/writer/generation.h"
#include "codec/writer/preflight.h"
#include "statestone/checkpoint.h"

namespace statestone {
namespace {

WriteSummary Save(const Checkpoint& checkpoint, const std::filesystem::path& path,
                  const WriteOptions& options) {
  writer::CheckOptions(options);
  file::AtomicFile file(path);
  file.Write(container::EncodeHead());
  const writer::WrittenGeneration written =
      writer::WriteGeneration(checkpoint, options, nullptr, file);
  file.Write(container::EncodeTail(written.tail));
  pipeline::ThrowIfStopped(options.stop);
  file.Commit();
  return {.file_bytes = file.position(),
          .tensors = written.tensors,
          .tensor_bytes = written.tensor_bytes,
          .storages = written.storages,
          .chunks = written.chunks};
}

}  // namespace

WriteSummary SaveCheckpoint(const Checkpoint& checkpoint, const std::filesystem::path& path,
                            const WriteOptions& options) {
  try {
    return Save(checkpoint, path, options);
  } catch (const Error& error) {
    // What a caller's own piece reader throws stays of its own type.
    if (typeid(error) != typeid(Error)) throw;
    throw error.WithPath(path.string());
  }
}

}  // namespace statestone
