// Which parts of a training checkpoint are what, by the shapes that PyTorch's own code gives them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "statestone/checkpoint.h"

namespace statestone {

/// Display paths of the dicts that are an optimizer's state_dict: those with the keys "state" and
/// "param_groups", at any depth.
std::vector<std::string> OptimizerPaths(std::span<const Checkpoint::Entry> entries);

/// Whether `path` is one of `roots`, or lies below one.
bool LiesBelow(const std::string& path, std::span<const std::string> roots);

}  // namespace statestone
