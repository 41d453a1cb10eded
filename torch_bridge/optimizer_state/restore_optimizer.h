// Puts a stored optimizer into one of LibTorch's.
#pragma once

#include <torch/optim/optimizer.h>

#include <string>
#include <string_view>
#include <vector>

#include "statestone/module.h"
#include "statestone/reader.h"
#include "statestone/report.h"

namespace statestone {

/// StoredCheckpoint::Restore of an optimizer; `file` is what errors name, `model` says what the
/// optimizer's parameters are called.
RestoreReport RestoreOptimizer(const Reader& reader, const std::string& file,
                               std::string_view entry, torch::optim::Optimizer& optimizer,
                               const std::vector<NamedTensor>& model,
                               const RestoreOptions& options);

}  // namespace statestone
