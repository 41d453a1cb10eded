// save and append: an object walked with the GIL, a file written without it.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>

#include <filesystem>
#include <stop_token>
#include <string>
#include <utility>

#include "interop/optimizer/recognize.h"
#include "python/src/interruptible.h"
#include "python/src/state_walk.h"
#include "statestone/append.h"
#include "statestone/checkpoint.h"

namespace statestone::python {
namespace {

struct SaveOptions {
  bool compress = true;
  std::size_t threads = 0;
  bool verify = true;
};

WriteOptions ToWriteOptions(const SaveOptions& options, const std::stop_source& stop,
                            ProgressMeter& progress) {
  return {.compression = options.compress ? Compression::kAuto : Compression::kNone,
          .verify_encoding = options.verify,
          .threads = options.threads,
          .stop = stop.get_token(),
          .progress = progress.hook()};
}

// The object's tensors point into memory that the walk keeps until the work is done.
template <typename Work>
void Describe(nb::handle object, nb::object adapter, const std::filesystem::path& path,
              const Work& work) {
  Checkpoint checkpoint;
  StateWalk walk(checkpoint, std::move(adapter));
  try {
    walk.AddRoot(object);
    // As convert does: a state_dict() of an optimizer says the same in both ways.
    checkpoint = optimizer::RecognizeOptimizers(std::move(checkpoint));
    work(checkpoint);
  } catch (const Error& error) {
    throw error.WithPath(path.native());
  }
}

nb::dict Save(nb::handle object, nb::object adapter, const std::filesystem::path& path,
              bool compress, std::size_t threads, bool verify, nb::object progress) {
  WriteSummary summary;
  Describe(object, std::move(adapter), path, [&](const Checkpoint& checkpoint) {
    std::stop_source stop;
    ProgressMeter meter(std::move(progress));
    const WriteOptions options = ToWriteOptions({compress, threads, verify}, stop, meter);
    RunInterruptibly(stop, meter, [&] { summary = SaveCheckpoint(checkpoint, path, options); });
  });
  nb::dict result;
  result["file_bytes"] = summary.file_bytes;
  result["tensors"] = summary.tensors;
  result["tensor_bytes"] = summary.tensor_bytes;
  result["storages"] = summary.storages;
  result["chunks"] = summary.chunks;
  return result;
}

nb::dict Append(nb::handle object, nb::object adapter, const std::filesystem::path& path,
                const std::string& root_name, bool wait, bool compress, std::size_t threads,
                bool verify, nb::object progress) {
  AppendSummary summary;
  Describe(object, std::move(adapter), path, [&](const Checkpoint& checkpoint) {
    std::stop_source stop;
    ProgressMeter meter(std::move(progress));
    const AppendOptions options{.write = ToWriteOptions({compress, threads, verify}, stop, meter),
                                .wait = wait};
    RunInterruptibly(stop, meter, [&] {
      Appender appender = Appender::Open(path, options);
      appender.PutEntriesOf(checkpoint, root_name);
      summary = appender.Finish();
    });
  });
  nb::dict result;
  result["generation"] = summary.generation;
  result["file_bytes"] = summary.file_bytes;
  result["added_bytes"] = summary.added_bytes;
  result["chunks"] = summary.chunks;
  result["chunks_written"] = summary.chunks_written;
  return result;
}

}  // namespace

void BindSaving(nb::module_& module) {
  module.def("save", Save, nb::arg("object").none(), nb::arg("adapter"), nb::arg("path"),
             nb::arg("compress"), nb::arg("threads"), nb::arg("verify"),
             nb::arg("progress").none());
  module.def("append", Append, nb::arg("object").none(), nb::arg("adapter"), nb::arg("path"),
             nb::arg("root_name"), nb::arg("wait"), nb::arg("compress"), nb::arg("threads"),
             nb::arg("verify"), nb::arg("progress").none());
}

}  // namespace statestone::python
