// Takes a checkpoint of any kind to a file of another, for the tests in Python:
//   export_once SRC DST stone|pt|safetensors|set [lossy] [max_shard_bytes=N]
// One line of JSON: the report, or the error's code, entry and text.
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "statestone/export.h"
#include "statestone/import.h"

namespace {

using nlohmann::json;
using statestone::FileKind;

json Pairs(const std::vector<statestone::LostEntry>& lost) {
  json pairs = json::array();
  for (const auto& entry : lost) pairs.push_back({entry.path, entry.what});
  return pairs;
}

json Run(int count, char** arguments) {
  static const std::map<std::string, FileKind> kKinds = {{"stone", FileKind::kStone},
                                                         {"pt", FileKind::kPtZip},
                                                         {"safetensors", FileKind::kSafetensors},
                                                         {"set", FileKind::kSafetensorsIndex}};
  statestone::ExportOptions options;
  std::uint64_t last = 0;
  options.progress = [&](std::uint64_t done, std::uint64_t) { last = done; };
  for (int i = 4; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "lossy") options.lossy = true;
    if (argument.starts_with("max_shard_bytes=")) {
      options.max_shard_bytes = std::stoull(argument.substr(argument.find('=') + 1));
    }
  }
  const auto imported = statestone::ImportCheckpoint(arguments[1]);
  json skipped = json::array();
  for (const auto& entry : imported.skipped) skipped.push_back({entry.path, entry.reason});
  const auto report = statestone::ExportCheckpoint(imported.checkpoint, arguments[2],
                                                   kKinds.at(arguments[3]), options);
  json files = json::array();
  for (const auto& file : report.files) files.push_back(file.filename().string());
  return {{"file_bytes", report.file_bytes},
          {"tensors", report.tensors},
          {"tensor_bytes", report.tensor_bytes},
          {"lost", Pairs(report.lost)},
          {"files", files},
          {"skipped", skipped},
          {"progress", last}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  try {
    std::cout << Run(count, arguments).dump() << "\n";
    return 0;
  } catch (const statestone::Error& error) {
    const json report = {{"error", Name(error.code())},
                         {"entry", error.fields().entry},
                         {"path", error.fields().path},
                         {"text", error.what()}};
    std::cout << report.dump() << "\n";
    return 1;
  }
}
