#include "interop/numpy/export.h"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "codec/file/atomic_file.h"
#include "interop/export_progress.h"
#include "interop/losses.h"
#include "interop/numpy/arrays.h"
#include "interop/zip/zip_writer.h"

namespace statestone::numpy {
namespace {

// A multiple of every element size: strided tensors are read in whole elements.
constexpr std::uint64_t kPieceBytes = 1ull << 20;

using Sink = std::function<void(std::span<const std::byte>)>;

class ArrayWriter {
 public:
  ArrayWriter(const Checkpoint& checkpoint, const std::vector<ArrayToWrite>& arrays,
              const ExportOptions& options)
      : checkpoint_(checkpoint), total_(BytesOf(arrays)), progress_(options, total_) {}

  void Write(const ArrayToWrite& array, const Sink& sink) {
    sink(std::as_bytes(std::span(array.header)));
    const auto* in_memory = static_cast<const std::byte*>(checkpoint_.tensor(array.ref).data);
    for (std::uint64_t at = 0; at < array.bytes; at += kPieceBytes) {
      const std::uint64_t size = std::min(kPieceBytes, array.bytes - at);
      if (array.fortran) {
        sink({in_memory + at, size});
      } else {
        const auto piece = std::span(buffer_).first(size);
        checkpoint_.Read(array.ref, at, piece);
        sink(piece);
      }
      progress_.Add(size);
    }
  }

  std::uint64_t total() const { return total_; }

 private:
  static std::uint64_t BytesOf(const std::vector<ArrayToWrite>& arrays) {
    std::uint64_t bytes = 0;
    for (const ArrayToWrite& array : arrays) bytes += array.bytes;
    return bytes;
  }

  const Checkpoint& checkpoint_;
  std::uint64_t total_;
  ExportProgress progress_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kPieceBytes);
};

ExportReport Report(const file::AtomicFile& file, const ArrayWriter& writer, Arrays list,
                    const std::filesystem::path& target) {
  return {.file_bytes = file.position(),
          .tensors = list.arrays.size(),
          .tensor_bytes = writer.total(),
          .lost = std::move(list.lost),
          .files = {target}};
}

}  // namespace

ExportReport ExportNpy(const Checkpoint& checkpoint, const std::filesystem::path& target,
                       const ExportOptions& options) {
  Arrays list = ListArrays(checkpoint);
  if (list.arrays.size() != 1) {
    throw Error(ErrorCode::kUnrepresentable, {.problem = "an .npy file holds one array",
                                              .expected = "a checkpoint with one tensor",
                                              .found = std::to_string(list.arrays.size()),
                                              .advice = "write an .npz file instead"});
  }
  const ArrayToWrite& array = list.arrays.front();
  if (!array.name.empty()) list.lost.push_back({array.path, "its name"});
  RequireNothingLost(list.lost, FileKind::kNumpy, options);
  ArrayWriter writer(checkpoint, list.arrays, options);
  file::AtomicFile file(target);
  writer.Write(array, [&](std::span<const std::byte> bytes) { file.Write(bytes); });
  file.Commit();
  return Report(file, writer, std::move(list), target);
}

ExportReport ExportNpz(const Checkpoint& checkpoint, const std::filesystem::path& target,
                       const ExportOptions& options) {
  Arrays list = ListArrays(checkpoint);
  RequireNothingLost(list.lost, FileKind::kNumpyZip, options);
  ArrayWriter writer(checkpoint, list.arrays, options);
  file::AtomicFile file(target);
  zip::ZipWriter zip(file);
  for (const ArrayToWrite& array : list.arrays) {
    zip.Begin(array.name + ".npy", array.header.size() + array.bytes);
    writer.Write(array, [&](std::span<const std::byte> bytes) { zip.Write(bytes); });
  }
  zip.Finish();
  file.Commit();
  return Report(file, writer, std::move(list), target);
}

}  // namespace statestone::numpy
