#include "tests/fuzz/convert_any_once.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "statestone/convert.h"
#include "statestone/export.h"
#include "statestone/reader.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {
namespace {

constexpr std::uint64_t kLargeTensor = 64ull << 20;

const faults::ScratchDirectory& Scratch() {
  static const faults::ScratchDirectory scratch;
  return scratch;
}

void ReadBack(const std::filesystem::path& path) {
  try {
    const Reader reader = Reader::Open(path);
    reader.Verify();
    for (std::size_t i = 0; i < reader.entry_count(); ++i) {
      if (reader.entry(i).kind == EntryKind::kValue) reader.ReadValue(reader.entry(i).name);
    }
    for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) {
      if (reader.tensor({i}).bytes <= kLargeTensor) reader.Read(TensorRef{i});
    }
    reader.DisplayPaths();
  } catch (const Error&) {
    std::abort();  // what was written must be readable
  }
}

bool Convert(const std::string& name, const std::string& target) {
  try {
    ConvertFile(Scratch() / name, Scratch() / target, {.write = {.threads = 1}});
  } catch (const Error&) {
    return false;
  }
  ReadBack(Scratch() / target);
  return true;
}

}  // namespace

void ConvertAnyOnce(const std::string& file) {
  faults::WriteWhole(Scratch() / "in", file);
  Convert("in", "out.stone");
}

void ConvertThereAndBack(const std::string& file, FileKind kind) {
  faults::WriteWhole(Scratch() / "in", file);
  if (!Convert("in", "out.stone")) return;
  try {
    const ImportedCheckpoint imported = ImportCheckpoint(Scratch() / "out.stone", {.threads = 1});
    ExportCheckpoint(imported.checkpoint, Scratch() / "again", kind, {.lossy = true});
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kLimit || error.code() == ErrorCode::kUnrepresentable) return;
    std::abort();
  }
  if (!Convert("again", "again.stone")) std::abort();
}

}  // namespace statestone
