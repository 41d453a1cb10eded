// The first lines of `inspect`: the file as a whole.
#pragma once

#include <string>

#include "cli/inspect/catalog.h"
#include "cli/terminal/screen.h"

namespace statestone::cli {

/// The file's name and what it holds, wrapped to the screen, each line with its line feed.
std::string SummaryText(const std::string& path, const Catalog& catalog, const Screen& screen);

}  // namespace statestone::cli
