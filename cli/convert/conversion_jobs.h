// Which files a convert command is about.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "statestone/import.h"

namespace statestone::cli {

struct ConversionJob {
  std::string source;
  std::string target;
  FileKind kind = FileKind::kStone;
};

struct JobOptions {
  std::vector<std::string> paths;  ///< as on the command line
  std::string to_dir;              ///< may be empty
  bool recursive = false;
  std::optional<FileKind> to;  ///< else as the target's ending says
};

/// Without a folder: a source, and its target or none. With one: all paths are sources, folders
/// stand for the files in them that are known by their bytes, and keep their place below `to_dir`;
/// of a sharded safetensors set the index stands for all of it. Makes no folders.
/// \throws Error invalid_argument (usage; two sources for one target), io
std::vector<ConversionJob> PlanConversions(const JobOptions& options);

}  // namespace statestone::cli
