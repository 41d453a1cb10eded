// Kinds of files as the command line has them: short names and endings.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/import.h"

namespace statestone::cli {

/// "stone", "pt", "safetensors", ...: for --to and --json.
std::string_view ShortName(FileKind kind);

/// What can be written, by its short name.
std::optional<FileKind> WritableKind(std::string_view short_name);
std::vector<std::string> WritableNames();

/// The kind that the ending of a file to be written says, or nothing.
std::optional<FileKind> KindOfEnding(const std::filesystem::path& path);

/// The usual ending of a kind that can be written, with its dot.
std::string_view EndingOf(FileKind kind);

}  // namespace statestone::cli
