// Any bytes as a safetensors file, as a header in front of enough data, and as the index of a set.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>

#include "statestone/export.h"
#include "statestone/import.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {
namespace {

// The bytes of all tensors, read in pieces that do not fit their elements.
std::string ReadAll(const Checkpoint& checkpoint) {
  std::string all;
  for (std::uint32_t i = 0; i < checkpoint.tensor_count(); ++i) {
    const std::uint64_t bytes = checkpoint.tensor_bytes({i});
    for (std::uint64_t offset = 0; offset < bytes;) {
      std::byte piece[61];
      const auto out = std::span(piece).first(std::min<std::uint64_t>(61, bytes - offset));
      checkpoint.Read({i}, offset, out);
      all.append(reinterpret_cast<const char*>(out.data()), out.size());
      offset += out.size();
    }
  }
  return all;
}

// What was taken can be written again and has the same content then.
void RoundTrip(const ImportedCheckpoint& imported, const std::filesystem::path& target) {
  const std::string before = ReadAll(imported.checkpoint);
  ExportOptions options;
  options.lossy = true;  // what the index of a set says has no place in a single file
  const ExportReport report =
      ExportCheckpoint(imported.checkpoint, target, FileKind::kSafetensors, options);
  const ImportedCheckpoint again = ImportCheckpoint(target);
  if (again.checkpoint.tensor_count() != report.tensors) std::abort();
  if (ReadAll(again.checkpoint).size() != before.size()) std::abort();
}

void Try(const std::string& file, const char* name) {
  static const faults::ScratchDirectory scratch;
  faults::WriteWhole(scratch / "a", std::string("\x02\0\0\0\0\0\0\0{}", 10));
  faults::WriteWhole(scratch / name, file);
  try {
    const ImportedCheckpoint imported = ImportCheckpoint(scratch / name);
    if (imported.kind == FileKind::kStone || imported.kind == FileKind::kPtZip) return;
    RoundTrip(imported, scratch / "out.safetensors");
  } catch (const Error& error) {
    if (error.fields().problem.empty()) std::abort();
  }
}

std::string WithLength(const std::string& header) {
  const std::uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header;
}

}  // namespace
}  // namespace statestone

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  statestone::Try(text, "in.safetensors");
  const std::string file = statestone::WithLength(text);
  for (const std::size_t bytes : {0, 1, 8, 64}) {
    statestone::Try(file + std::string(bytes, 'd'), "in.safetensors");
  }
  statestone::Try(text, "in.index.json");
  return 0;
}
