#include "cli/file_kind.h"

#include <algorithm>
#include <array>

namespace statestone::cli {
namespace {

struct KindRow {
  FileKind kind;
  std::string_view name;
  bool writable;
  std::string_view ending;  // the first is the usual one
};

constexpr std::array<KindRow, 10> kKinds = {
    {{FileKind::kStone, "stone", true, ".stone"},
     {FileKind::kPtZip, "pt", true, ".pt"},
     {FileKind::kPtZip, "pt", true, ".pth"},
     {FileKind::kPtLegacy, "pt", false, ""},
     {FileKind::kSafetensorsIndex, "safetensors-index", true, ".safetensors.index.json"},
     {FileKind::kSafetensors, "safetensors", true, ".safetensors"},
     {FileKind::kNumpy, "npy", true, ".npy"},
     {FileKind::kNumpyZip, "npz", true, ".npz"},
     {FileKind::kGguf, "gguf", false, ""},
     {FileKind::kHdf5, "hdf5", false, ""}}};

}  // namespace

std::string_view ShortName(FileKind kind) {
  const auto* row = std::ranges::find(kKinds, kind, &KindRow::kind);
  return row == kKinds.end() ? "unknown" : row->name;
}

std::optional<FileKind> WritableKind(std::string_view short_name) {
  for (const KindRow& row : kKinds) {
    if (row.writable && row.name == short_name) return row.kind;
  }
  return std::nullopt;
}

std::vector<std::string> WritableNames() {
  std::vector<std::string> names;
  for (const KindRow& row : kKinds) {
    if (!row.writable || std::ranges::find(names, row.name) != names.end()) continue;
    names.emplace_back(row.name);
  }
  return names;
}

std::optional<FileKind> KindOfEnding(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  for (const KindRow& row : kKinds) {
    if (row.writable && name.ends_with(row.ending)) return row.kind;
  }
  return std::nullopt;
}

std::string_view EndingOf(FileKind kind) {
  const auto* row = std::ranges::find(kKinds, kind, &KindRow::kind);
  return row == kKinds.end() ? ".stone" : row->ending;
}

}  // namespace statestone::cli
