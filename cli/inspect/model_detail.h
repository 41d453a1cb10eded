// What a model entry says beside its tensors, for `inspect FILE MODEL`.
#pragma once

#include <string>

#include "cli/output.h"
#include "cli/terminal/screen.h"
#include "statestone/reader.h"

namespace statestone::cli {

/// Writes architecture, training mode, config and metadata, each only if there is one.
/// \throws Error io
void WriteModelDetail(const ModelInfo& model, const std::string& path, const Screen& screen,
                      Output& out);

}  // namespace statestone::cli
