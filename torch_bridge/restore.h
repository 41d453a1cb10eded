// Carries out a restore: reads and checks all bytes, then changes the module.
#pragma once

#include <string>
#include <string_view>

#include "statestone/module.h"
#include "statestone/reader.h"
#include "statestone/report.h"

namespace statestone {

/// StoredCheckpoint::Restore; `path` is what errors name.
RestoreReport RestoreModule(const Reader& reader, const std::string& path, std::string_view entry,
                            torch::nn::Module& module, const RestoreOptions& options);

}  // namespace statestone
